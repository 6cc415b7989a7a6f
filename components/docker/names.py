"""Names of Docker objects. All of them derive from the container's name."""

from __future__ import annotations

from components.servers.process import FileGroup
from components.settings import Storage, StorageKind, TlsMode


def config_volume(container_name: str) -> str:
    """Return the name of the volume with the server's files."""
    return f"{container_name}-config"


def data_volume(container_name: str, storage: Storage) -> str:
    """Return the name of the volume with the packs; empty for other kinds of storage."""
    if storage.kind is not StorageKind.VOLUME:
        return ""
    return storage.volume or f"{container_name}-data"


def acme_volume(container_name: str, mode: TlsMode) -> str:
    """Return the name of the volume with the certificate that the server obtained.

    :returns: an empty string if the certificate has another source.
    """
    return f"{container_name}-acme" if mode is TlsMode.LETS_ENCRYPT else ""


def scratch_volume(container_name: str) -> str:
    """Return the name of the volume with the server's large temporary files."""
    return f"{container_name}-scratch"


def writer(container_name: str, group: FileGroup) -> str:
    """Return the name of the container that writes a group of files."""
    return f"{config_volume(container_name)}-{group.value}-writer"


def reloader(container_name: str) -> str:
    """Return the name of the container that makes the server read its users again."""
    return f"{container_name}-reload"


def preparer(container_name: str) -> str:
    """Return the name of the container through which a volume is prepared for a server."""
    return f"{container_name}-prepare"


def maintenance_lock(container_name: str) -> str:
    """Return the name of the container that is the lock for maintenance."""
    return f"{container_name}-maintenance"


def read_only_server(container_name: str) -> str:
    """Return the name of the container that takes the server's place during maintenance."""
    return f"{container_name}-read-only"


def collector(container_name: str) -> str:
    """Return the name of the container that collects garbage."""
    return f"{container_name}-collector"


def candidate(container_name: str) -> str:
    """Return the name of the container that runs a new image for its smoke test."""
    return f"{container_name}-candidate"


def backup(container_name: str) -> str:
    """Return the name of the container through which packs are backed up and restored."""
    return f"{container_name}-backup"


def drill(container_name: str) -> str:
    """Return the name of the container and the volume of a drill."""
    return f"{container_name}-drill"
