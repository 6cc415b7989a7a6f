"""The settings of a pack registry: every name, type, default, limit and text is written here, once.

``Pulumi.yaml``'s config schema and the tables of the documentation are generated from these models; the component's argument
types (``components/args.py``) are checked against them by a test. Keys are camelCase as in stack config; Python names are accepted
too, because a component's arguments reach it in that form.

Left out on purpose: how a fault is worded (``components/faults.py``) and settings that contradict each other
(``components/contradictions``).
"""

from components.model.base import Content, Group, Whole, field_texts, group, secrets_of, setting
from components.model.registry import (
    ADMIN,
    DEFAULT_NETWORK,
    DEVELOPMENT_IMAGE,
    DEVELOPMENT_STACK,
    DEVELOPMENT_TAG,
    DISTRIBUTION_IMAGE,
    MEMORY_PLACE,
    OCI_PART,
    OFFICIAL_IMAGE,
    Flavor,
    Settings,
    User,
)
from components.model.server import Limits, LogFormat, LogLevel, RestartPolicy, Server
from components.model.storage import S3, Cifs, Nfs, Storage, StorageKind
from components.model.tls import Authority, KeyAlgorithm, LetsEncrypt, Subject, Tls, TlsMode, TlsVersion

__all__ = [
    "ADMIN",
    "DEFAULT_NETWORK",
    "DEVELOPMENT_IMAGE",
    "DEVELOPMENT_STACK",
    "DEVELOPMENT_TAG",
    "DISTRIBUTION_IMAGE",
    "MEMORY_PLACE",
    "OCI_PART",
    "OFFICIAL_IMAGE",
    "S3",
    "Authority",
    "Cifs",
    "Content",
    "Flavor",
    "Group",
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
    "Whole",
    "field_texts",
    "group",
    "secrets_of",
    "setting",
]
