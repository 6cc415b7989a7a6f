"""Reads the few files of a pack's archive that the page shows, from a stream and bounded.

Nothing is written to disk. Links, devices and files in other directories are ignored.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from packs.catalog.text import MAX_TEXT
from packs.source import LOGO_FILE, PACK_FILE, README_FILE, VALUES_FILE

FILES = (PACK_FILE, README_FILE, VALUES_FILE, LOGO_FILE)
MAX_COMPRESSED = 2**28
MAX_UNPACKED = 2**29
MAX_MEMBERS = 100_000
MAX_HEADER = 2**20
"""Bytes of a member's extended header, which tarfile reads into memory."""
MAX_FILE = MAX_TEXT + 1
"""Bytes that are read of one file: the page says if there are more."""
_MAX_ROOTS = 4
_EXTENDED = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
_DAMAGED = (
    *(tarfile.TarError, EOFError, zlib.error, struct.error, OSError),
    *(ValueError, LookupError, OverflowError, RecursionError),
)
"""What the libraries raise for archives that are none."""


class UnreadableArchiveError(Exception):
    """An archive is not one of a pack. The text says why."""


def read_archive(parts: Iterable[bytes], digest: str) -> dict[str, bytes]:
    """Return the content of the files that the page shows, by name.

    :param parts: the archive, in parts.
    :param digest: what the archive's digest must be.
    :raises UnreadableArchiveError: if it is damaged, too large or no archive.
    """
    stream = _Stream(iter(parts))
    source = io.BufferedReader(stream, 2**16)
    is_compressed = stream.start() == b"\x1f\x8b"
    unpacked = _Bounded(gzip.GzipFile(fileobj=source) if is_compressed else source)
    try:
        files = _read_members(unpacked)
        while source.read(2**16):  # its digest depends on every byte
            pass
    except _DAMAGED:
        raise UnreadableArchiveError("The archive is damaged, or is no tar archive.") from None
    if f"sha256:{stream.digest.hexdigest()}" != digest:
        raise UnreadableArchiveError("The archive is damaged: its content has another digest.")
    return files


def _read_members(unpacked: _Bounded) -> dict[str, bytes]:
    roots: dict[str, dict[str, bytes]] = {}
    with tarfile.open(fileobj=unpacked, mode="r|", tarinfo=_Member, errorlevel=0) as archive:
        for _ in range(MAX_MEMBERS):
            member = archive.next()
            if member is None:
                break
            archive.members = []  # type: ignore[attr-defined] # it keeps every member otherwise
            root, _, name = member.name.removeprefix("./").rpartition("/")
            if name not in FILES or "/" in root or not member.isreg() or member.issparse():
                continue
            if root in roots or len(roots) < _MAX_ROOTS:
                content = archive.extractfile(member)
                roots.setdefault(root, {})[name] = content.read(MAX_FILE) if content else b""
        else:
            raise UnreadableArchiveError("The archive has too many files.")
    return max(roots.values(), key=lambda files: (PACK_FILE in files, len(files)), default={})


class _Member(tarfile.TarInfo):
    """A member whose extended header is bounded."""

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        """Read what follows a header. `tarfile` documents that a subclass may override it."""
        if self.size < 0 or (self.type in _EXTENDED and self.size > MAX_HEADER):
            raise tarfile.ReadError("a header is too large")
        return super()._proc_member(archive)  # type: ignore[misc] # typeshed leaves it out


class _Stream(io.RawIOBase):
    """The parts of a download as a file. Counts them and computes their digest."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._rest, self._size = parts, b"", 0
        self.digest = hashlib.sha256()

    def start(self) -> bytes:
        """Return the first two bytes, which the next read returns again."""
        self._fill(2)
        return self._rest[:2]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._fill(1)
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def _fill(self, size: int) -> None:
        while len(self._rest) < size and (part := next(self._parts, None)) is not None:
            self._size += len(part)
            if self._size > MAX_COMPRESSED:
                raise UnreadableArchiveError("The archive is too large to be shown.")
            self.digest.update(part)
            self._rest += part


class _Bounded(io.RawIOBase):
    """A stream that ends with an error after :data:`MAX_UNPACKED` bytes."""

    def __init__(self, source: Any) -> None:
        self._source, self._size = source, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content: bytes = self._source.read(size)
        self._size += len(content)
        if self._size > MAX_UNPACKED:
            raise UnreadableArchiveError("The archive unpacks to too much to be shown.")
        return content
