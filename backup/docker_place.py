"""A volume or directory of a Docker host as the place of a restore."""

from __future__ import annotations

import itertools
import posixpath
import tarfile
from collections.abc import Iterable, Iterator

from backup.digests import PART
from backup.docker_source import DockerSource, FilesContainer
from backup.manifest import Owner
from backup.place import MARK, Written
from backup.source import Source
from components.servers.paths import DATA_DIRECTORY


class DockerPlace:
    """The files of one server in a container that is never started (``docker_source.py``)."""

    def __init__(self, container: FilesContainer, root: str, name: str) -> None:
        """Select the directory.

        :param root: the server's directory, relative to that of all packs.
        """
        self.name, self._container, self._root = name, container, root
        self.source: Source = DockerSource(container, f"{DATA_DIRECTORY}/{root}", name)

    def mark(self) -> str | None:
        """Return the mark's text; None if there is none."""
        files = DockerSource(self._container, DATA_DIRECTORY, self.name)
        try:
            with files.open(MARK) as entry, entry.opened as content:
                return content.read().decode(errors="replace")
        except KeyError:
            return None

    def set_mark(self, text: str) -> None:
        """Write the mark."""
        content = text.encode()
        self._extract(
            iter(
                [_header(MARK, Owner(file_mode=0o600), len(content)), content, _fill(len(content))]
            )
        )

    def write(self, files: Iterable[Written], owner: Owner) -> None:
        """Write files in this order, in one request."""
        self._extract(self._archive(files, owner))

    def _archive(self, files: Iterable[Written], owner: Owner) -> Iterator[bytes]:
        known: set[str] = set()
        for file in files:
            path = f"{self._root}/{file.path}"
            for directory in _parents(path):
                if directory not in known:
                    known.add(directory)
                    yield _header(directory, owner, None)
            yield _header(path, owner, file.size)
            with file.opened as content:
                while part := content.read(PART):
                    yield part
            yield _fill(file.size)

    def _extract(self, members: Iterator[bytes]) -> None:
        """Extract an archive. If its content fails, Docker extracts no more of it."""
        api, end = self._container.api, bytes(2 * tarfile.BLOCKSIZE)
        body = _in_large_parts(itertools.chain(members, [end]))
        api.put_archive(self._container.identifier, DATA_DIRECTORY, body)


def _in_large_parts(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Join small parts: each one is sent to Docker by itself. None is empty, which would end it."""
    joined = bytearray()
    for part in parts:
        joined += part
        if len(joined) >= PART:
            yield bytes(joined)
            joined.clear()
    yield bytes(joined)


def _header(path: str, owner: Owner, size: int | None) -> bytes:
    """Return the header of a file, or of a directory if there is no size."""
    member = tarfile.TarInfo(path)
    member.uid, member.gid = owner.uid, owner.gid
    if size is None:
        member.type, member.mode = tarfile.DIRTYPE, owner.directory_mode
    else:
        member.size, member.mode = size, owner.file_mode
    return member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _fill(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


def _parents(path: str) -> list[str]:
    """Return all directories above a path, the outermost first."""
    parent = posixpath.dirname(path)
    return [*_parents(parent), parent] if parent else []
