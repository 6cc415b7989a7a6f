"""What the policies read of mounts and volumes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policy.resources import UNKNOWN, Resource, to_object, to_string

_BIND_OPTIONS = frozenset({"bind", "rbind"})
_SHARED = frozenset({"shared", "rshared"})
_NETWORK_TYPES = frozenset({"nfs", "nfs3", "nfs4", "cifs", "smb3"})
NO_DEVICE_TYPES = frozenset({"tmpfs"})


@dataclass(frozen=True)
class VolumeOptions:
    """The driver of a volume and its options, as far as they are known."""

    driver: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The type of the file system that the driver `local` mounts."""
        return to_string(self.options.get("type")).strip().lower()

    @property
    def host_path(self) -> str:
        """The path on the host that the driver `local` mounts; empty if there is none."""
        device = to_string(self.options.get("device")).strip()
        flags = {flag.strip().lower() for flag in to_string(self.options.get("o")).split(",")}
        if _BIND_OPTIONS & flags:
            return device
        is_elsewhere = self.type in _NETWORK_TYPES | NO_DEVICE_TYPES
        return device if device.startswith("/") and not is_elsewhere else ""

    @property
    def propagation(self) -> str:
        """The propagation to the host among the options; empty if there is none."""
        flags = {flag.strip().lower() for flag in to_string(self.options.get("o")).split(",")}
        return next(iter(sorted(flags & _SHARED)), "")


def _options(driver: Any, options: Any) -> VolumeOptions:
    lower = {key.lower(): value for key, value in to_object(options).items()}
    return VolumeOptions(to_string(driver), lower)


def volume_options(volume: Resource) -> VolumeOptions:
    """The options of a volume."""
    return _options(volume.get("driver"), volume.get("driverOpts"))


@dataclass(frozen=True)
class Mount:
    """A directory, file or volume in a container."""

    kind: str
    source: str
    target: str
    read_only: bool
    volume: VolumeOptions = VolumeOptions()
    """The options of a volume that Docker creates for the mount."""
    propagation: str = ""

    @property
    def host_path(self) -> str:
        """The path on the host; empty for a named volume, or if it is unknown."""
        if self.kind == "bind" or not _VOLUME_NAME.fullmatch(self.source):
            return self.source
        return self.volume.host_path


_VOLUME_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*)?")


def mounts(container: Resource) -> Iterator[Mount]:
    """The known mounts of a container. An unknown `readOnly` counts as true."""
    for mount in container.get_objects("mounts"):
        options = to_object(mount.get("volumeOptions"))
        bind = to_object(mount.get("bindOptions"))
        yield Mount(
            kind=to_string(mount.get("type")),
            source=to_string(mount.get("source")),
            target=to_string(mount.get("target")),
            read_only=mount.get("readOnly") in (True, UNKNOWN),
            volume=_options(options.get("driverName"), options.get("driverOptions")),
            propagation=to_string(bind.get("propagation")),
        )
    for volume in container.get_objects("volumes"):
        sources = {
            "container": to_string(volume.get("fromContainer")),
            "bind": to_string(volume.get("hostPath")),
            "volume": to_string(volume.get("volumeName")),
        }
        # The provider uses one of them. All are checked, so that none hides another.
        for kind in [kind for kind, source in sources.items() if source] or ["volume"]:
            yield Mount(
                kind=kind,
                source=sources[kind],
                target=to_string(volume.get("containerPath")),
                read_only=volume.get("readOnly") in (True, UNKNOWN),
            )


def normalize_path(path: str) -> str:
    """An absolute path without `..`, double slashes and the link /var/run."""
    normal = posixpath.normpath(re.sub(r"^/+", "/", path))
    return re.sub(r"^/var/run(?=/|$)", "/run", normal)


def is_below(path: str, directory: str) -> bool:
    """Whether a normalized path is a directory or below it."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")
