"""Figures that no server exports, for the textfile collector of Prometheus' node exporter."""

from __future__ import annotations

import contextlib
import datetime
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from components.docker import names
from components.docker.engine import DockerEngine
from components.settings import Settings, StorageKind, Target
from components.tls.inspection import not_after
from components.verification.tls_client import Endpoint, TlsTrust, wait_for_certificate


@dataclass(frozen=True)
class Space:
    """The file system that holds the packs, in bytes."""

    size: int
    free: int


@dataclass(frozen=True)
class Figures:
    """What is known now. None is written for what is unknown."""

    now: float
    certificate_end: float | None = None
    certificate_change: float | None = None
    backup: float | None = None
    drill: float | None = None
    """Times in seconds since 1970."""
    space: Space | None = None

    def to_text(self, stack: str) -> str:
        """Return the text format of Prometheus."""
        return "".join(
            f"# HELP pack_registry_{name} {text}\n# TYPE pack_registry_{name} gauge\n"
            f'pack_registry_{name}{{stack="{stack}"}} {value:.0f}\n'
            for name, text, value in self._series()
        )

    def _series(self) -> Iterator[tuple[str, str, float]]:
        space = self.space
        found = {
            "figures_timestamp_seconds": ("Time of these figures.", self.now),
            "certificate_not_after_seconds": ("End of the certificate.", self.certificate_end),
            "certificate_change_timestamp_seconds": (
                "First update that needs an action for the certificate.",
                self.certificate_change,
            ),
            "backup_timestamp_seconds": ("Time of the last backup.", self.backup),
            "drill_timestamp_seconds": ("Time of the last restore drill.", self.drill),
            "storage_size_bytes": ("Size of the storage.", space.size if space else None),
            "storage_free_bytes": ("Free space of the storage.", space.free if space else None),
        }
        for name, (text, value) in found.items():
            if value is not None:
                yield name, text, value


def certificate_end(outputs: Mapping[str, Any]) -> float | None:
    """Return the end of the certificate that clients get; None for plain HTTP.

    If the endpoint does not answer, it is that of the last update. Servers and cert-manager renew
    certificates between updates.
    """
    parts = urlsplit(str(outputs["endpoint"]))
    if parts.scheme != "https":
        return None
    host = parts.hostname or ""
    found = wait_for_certificate(Endpoint(host, host, parts.port or 443, TlsTrust()), 0.0)
    end = not_after(found) if found else str(outputs["certificateNotAfter"])
    return datetime.datetime.fromisoformat(end).timestamp() if end else None


def storage_space(settings: Settings, engine: DockerEngine) -> Space | None:
    """Return the space of the packs' file system.

    None if it is not on this machine: in a bucket, a cluster, or on a remote Docker host.
    """
    storage = settings.storage
    if settings.target is not Target.DOCKER or not engine.is_local:
        return None
    match storage.kind:
        case StorageKind.PATH:
            paths = [storage.path]
        case StorageKind.VOLUME:
            volume = names.data_volume(settings.container_name, storage)
            # Only root may enter the directory of a volume.
            paths = [engine.volume_directory(volume), str(engine.info()["DockerRootDir"])]
        case StorageKind.NFS | StorageKind.CIFS | StorageKind.S3 | StorageKind.MEMORY:
            paths = []
    for path in filter(None, paths):
        with contextlib.suppress(OSError):
            found = shutil.disk_usage(path)
            return Space(found.total, found.free)
    return None
