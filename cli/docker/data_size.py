"""Size and free space of packs on a Docker host.

Docker's API reports the size of a volume, but not the free space of its file system. This machine
knows that only if it is the Docker host.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.condition import Line, Space, State, UnknownError
from components.docker.engine import DockerEngine
from components.servers.paths import DATA_DIRECTORY
from components.settings import StorageKind
from components.storage.location import StorageLocation

WALK_SECONDS = 10.0
"""Time to add up the sizes of files."""
NETWORK_KINDS = (StorageKind.NFS, StorageKind.CIFS)


@dataclass(frozen=True)
class PacksData:
    """The packs of one registry."""

    engine: DockerEngine
    location: StorageLocation
    inspected: Mapping[str, Any] | None
    """The output of `docker inspect` for the server; None if its container does not exist."""

    def size(self) -> int:
        """Return the bytes of the packs.

        :raises UnknownError: if the size can't be determined.
        """
        mount = self._mount()
        source = str(mount["Source"])
        if self.engine.is_local:
            with contextlib.suppress(PermissionError, FileNotFoundError):
                return _size_of(Path(source))
        if self.location.kind is StorageKind.VOLUME:
            size = self.engine.volume_size(str(mount.get("Name")))
            if size is not None:
                return size
        raise UnknownError(
            f"only root of the Docker host {self.engine.address} can read {self.location}",
            f"Run `{self._on_host(f'sudo du -sh {shlex.quote(source)}')}`.",
        )

    def spaces(self) -> Iterator[Space | Line]:
        """Yield the file systems of the packs and of Docker's own directory."""
        root = str(self.engine.info()["DockerRootDir"])
        match self.location.kind:
            case StorageKind.S3:
                yield Line(
                    "space", State.UNKNOWN, f"S3 does not report free space ({self.location})"
                )
            case StorageKind.VOLUME | StorageKind.PATH | StorageKind.NFS | StorageKind.CIFS:
                yield self._packs_space(root)
            case StorageKind.MEMORY:
                pass
        yield self._space("docker space", f"Docker's directory {root}", root)

    def _packs_space(self, root: str) -> Space | Line:
        try:
            source = str(self._mount()["Source"])
        except UnknownError as error:
            return Line("space", State.UNKNOWN, str(error))
        is_network = self.location.kind in NETWORK_KINDS
        if is_network and self.engine.is_local and not os.path.ismount(source):
            return Line("space", State.UNKNOWN, f"{self.location} is not mounted on this machine")
        # Only root may enter the directory of a volume. Docker's own is on the same file system.
        more = [root] if source.startswith(f"{root}/") and not is_network else []
        return self._space("space", str(self.location), source, *more)

    def _space(self, check: str, place: str, *paths: str) -> Space | Line:
        fix = f"Run `{self._on_host(f'df -h {shlex.quote(paths[0])}')}`."
        if not self.engine.is_local:
            value = f"Docker does not report the free space of its host {self.engine.address}"
            return Line(check, State.UNKNOWN, value, fix)
        for path in paths:
            with contextlib.suppress(OSError):
                found = shutil.disk_usage(path)
                # As df does, without what the file system reserves for root.
                return Space(check, place, found.used + found.free, found.free)
        return Line(check, State.UNKNOWN, f"this user or machine can't read {paths[0]}", fix)

    def _mount(self) -> Mapping[str, Any]:
        """Return the mount of the packs in the server's container.

        :raises UnknownError: if there is none.
        """
        if self.inspected is None:
            raise UnknownError("the server's container does not exist")
        for mount in self.inspected.get("Mounts") or ():
            if mount["Destination"] == DATA_DIRECTORY:
                return dict(mount)
        raise UnknownError(f"the packs are in {self.location}")

    def _on_host(self, command: str) -> str:
        is_ssh = self.engine.url.startswith("ssh://")
        return f"ssh {self.engine.url.removeprefix('ssh://')} {command}" if is_ssh else command


def _size_of(directory: Path) -> int:
    """Add up the sizes of the files below a directory.

    :raises UnknownError: if it takes too long.
    """
    end, total, pending = time.monotonic() + WALK_SECONDS, 0, [str(directory)]
    while pending:
        if time.monotonic() > end:
            raise UnknownError(f"{directory} has too many files to add up their sizes")
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    with contextlib.suppress(FileNotFoundError):  # the end of an upload
                        total += entry.stat(follow_symlinks=False).st_size
    return total
