"""The settings of a pack registry: every name, type, default, limit and description, once.

``Pulumi.yaml``'s config schema, the component's arguments and the settings reference are generated from these models.
Keys are camelCase in stack config. Python names (snake_case) are accepted too, because a component's arguments use them.
"""

from components.settings.limits import Limits
from components.settings.registry import (
    DEFAULT_NETWORK,
    DEVELOPMENT_IMAGE,
    DEVELOPMENT_TAG,
    DISTRIBUTION_IMAGE,
    OFFICIAL_IMAGE,
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
from components.settings.users import ADMIN, User

__all__ = [
    "ADMIN",
    "DEFAULT_NETWORK",
    "DEVELOPMENT_IMAGE",
    "DEVELOPMENT_TAG",
    "DISTRIBUTION_IMAGE",
    "OFFICIAL_IMAGE",
    "S3",
    "CertificateAuthority",
    "Cifs",
    "Flavor",
    "KeyAlgorithm",
    "LetsEncrypt",
    "Limits",
    "LogFormat",
    "LogLevel",
    "Nfs",
    "RestartPolicy",
    "Server",
    "Settings",
    "Storage",
    "StorageKind",
    "Subject",
    "Tls",
    "TlsMode",
    "TlsVersion",
    "User",
]
