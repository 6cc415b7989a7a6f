"""The settings of a registry: names, types, defaults, bounds and descriptions.

The config schema in ``Pulumi.yaml``, the component's arguments and the settings reference are
generated from these models. Conflicts between settings belong to the packages that know the domain
(``conflicts.py``), and what Docker or a server makes of a setting belongs there, too.
"""

from components.settings.kubernetes import (
    Kubernetes,
    KubernetesResources,
    KubernetesService,
    ServiceType,
    Target,
)
from components.settings.limits import Limits
from components.settings.metrics import Metrics
from components.settings.notifications import Action, NotificationEndpoint, Notifications
from components.settings.registry import (
    DEFAULT_NETWORK,
    DEVELOPMENT_IMAGE,
    DEVELOPMENT_TAG,
    DISTRIBUTION_IMAGE,
    OFFICIAL_IMAGE,
    ZOT_IMAGE,
    Flavor,
    Settings,
)
from components.settings.server import LogFormat, LogLevel, RestartPolicy, Server
from components.settings.storage import S3, Cifs, Nfs, Storage, StorageKind
from components.settings.tls import (
    CertificateAuthority,
    KeyAlgorithm,
    LetsEncrypt,
    Subject,
    Tls,
    TlsMode,
    TlsVersion,
)
from components.settings.users import ADMIN, Role, User
from components.settings.zot import Mirror, OciServer, Retention, Zot

__all__ = [
    "ADMIN",
    "DEFAULT_NETWORK",
    "DEVELOPMENT_IMAGE",
    "DEVELOPMENT_TAG",
    "DISTRIBUTION_IMAGE",
    "OFFICIAL_IMAGE",
    "S3",
    "ZOT_IMAGE",
    "Action",
    "CertificateAuthority",
    "Cifs",
    "Flavor",
    "KeyAlgorithm",
    "Kubernetes",
    "KubernetesResources",
    "KubernetesService",
    "LetsEncrypt",
    "Limits",
    "LogFormat",
    "LogLevel",
    "Metrics",
    "Mirror",
    "Nfs",
    "NotificationEndpoint",
    "Notifications",
    "OciServer",
    "RestartPolicy",
    "Retention",
    "Role",
    "Server",
    "ServiceType",
    "Settings",
    "Storage",
    "StorageKind",
    "Subject",
    "Target",
    "Tls",
    "TlsMode",
    "TlsVersion",
    "User",
    "Zot",
]
