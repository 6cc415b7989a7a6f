"""Packs in a volume or a directory of a Docker host.

A container that is created and never started mounts them read-only. Docker's API reads its files,
so this also works on remote hosts. The container's image is empty and comes from this program: the
host needs no other one.
"""

from __future__ import annotations

import contextlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from backup.manifest import Owner
from backup.source import Entry, SourceChangedError
from common import labels
from components.docker.archive_stream import ArchiveStream
from components.docker.container_spec import ContainerSpec, Mount
from components.docker.engine import DockerEngine
from components.docker.orphans import remove_orphan
from components.servers.paths import DATA_DIRECTORY

_SECONDS = 600
"""Time for one request. Docker may write for a while before it answers."""
_PART = 2**20


@dataclass(frozen=True)
class FilesContainer:
    """A container that is never started, for the files of a volume or a directory."""

    engine: DockerEngine
    api: Any
    identifier: str


@contextlib.contextmanager
def files_container(
    engine: DockerEngine, owner: labels.Owner, name: str, source: str, *, read_only: bool
) -> Iterator[FilesContainer]:
    """Create the container, and remove it at the end.

    One that a killed command left is removed first.

    :param source: name of the volume, or directory of the host.
    """
    api = engine.connect(timeout=_SECONDS).api
    kind: Literal["bind", "volume"] = "bind" if source.startswith("/") else "volume"
    spec = ContainerSpec(
        name=name,
        image=engine.empty_image(),
        labels=owner.labels,
        command=["never started"],
        mounts=[Mount(DATA_DIRECTORY, source, kind, read_only=read_only)],
        network_mode="none",
    )
    remove_orphan(engine, name, owner)
    identifier = engine.create_container(spec)
    try:
        yield FilesContainer(engine, api, identifier)
    finally:
        engine.remove_container(identifier)


class DockerSource:
    """The files of one server in such a container."""

    is_listed = False

    def __init__(self, container: FilesContainer, root: str, name: str) -> None:
        """Select the directory.

        :param root: the server's directory in the container.
        """
        self.name, self._container, self._root = name, container, root.rstrip("/")
        self._owners: dict[str, tuple[int, int, int]] = {}

    @property
    def owner(self) -> Owner:
        """Who owns the files that were read; root if none was read."""
        uid, gid, file_mode = self._owners.get("file", (0, 0, 0o644))
        _, _, directory_mode = self._owners.get("directory", (0, 0, 0o755))
        return Owner(uid, gid, file_mode, directory_mode)

    def walk(self, directory: str) -> Iterator[Entry]:
        """Yield all files below a directory."""
        try:
            with self._archive(directory) as tar:
                yield from self._entries(tar, directory)
        except KeyError:
            return

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[Entry]:
        """Open one file."""
        with self._archive(path) as tar:
            parent = path.rpartition("/")[0]
            entry = next(self._entries(tar, parent, is_file=True), None)
            if entry is None:
                raise KeyError(path)
            yield entry

    @contextlib.contextmanager
    def _archive(self, path: str) -> Iterator[tarfile.TarFile]:
        """Open an archive of a file or a directory.

        :raises KeyError: if it does not exist.
        """
        from components.docker.connection import docker

        api, identifier = self._container.api, self._container.identifier
        # The client's own method has no way to end the request early.
        response = api._get(
            api._url("/containers/{0}/archive", identifier),
            params={"path": f"{self._root}/{path}".rstrip("/")},
            stream=True,
        )
        with response:
            try:
                api._raise_for_status(response)
            except docker.errors.NotFound:
                raise KeyError(path) from None
            stream: Any = ArchiveStream(response.iter_content(_PART))
            try:
                with tarfile.open(fileobj=stream, mode="r|", bufsize=_PART) as tar:
                    yield tar
            except (tarfile.TarError, OSError) as error:
                raise SourceChangedError(str(error)) from None

    def _entries(
        self, tar: tarfile.TarFile, directory: str, *, is_file: bool = False
    ) -> Iterator[Entry]:
        """Yield the files of an archive.

        The first part of their names is that of the archived file or directory.
        """
        sizes: dict[str, int] = {}
        for member in tar:
            name = member.name if is_file else member.name.partition("/")[2]
            path = f"{directory}/{name}".strip("/")
            if member.isdir():
                self._owners.setdefault("directory", _owner(member))
            elif member.isreg():
                self._owners.setdefault("file", _owner(member))
                sizes[member.name] = member.size
                content: Any = _Content(tar.extractfile(member))
                yield Entry(path, member.size, contextlib.nullcontext(content))
            elif member.islnk():
                # The archive has the content once. The link's is read from the file itself.
                yield Entry(path, sizes[member.linkname], self._linked(path))
            tar.members = []  # type: ignore[attr-defined] # it may have more files than memory
        fileobj: Any = tar.fileobj
        stream = fileobj.fileobj
        stream.drain()
        if not stream.is_complete:
            raise SourceChangedError("Docker ended the archive too early")

    @contextlib.contextmanager
    def _linked(self, path: str) -> Iterator[BinaryIO]:
        with self.open(path) as entry, entry.opened as content:
            yield content


def _owner(member: tarfile.TarInfo) -> tuple[int, int, int]:
    return member.uid, member.gid, member.mode & 0o7777


class _Content:
    """The content of a file in an archive."""

    def __init__(self, content: Any) -> None:
        self._content = content

    def read(self, size: int = -1) -> bytes:
        """Read up to so many bytes.

        :raises SourceChangedError: if the archive ends too early.
        """
        try:
            return bytes(self._content.read(size))
        except (tarfile.TarError, OSError) as error:
            raise SourceChangedError(str(error)) from None
