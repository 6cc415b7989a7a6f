"""The archive of a pack: the same files give the same bytes for every user.

Of a file, only its path, its content and whether its owner may execute it count, as in Git. Times,
owners, other permissions and the order of a directory do not. Empty directories are left out,
because Git has none.

The archive's directory is called NAME-VERSION. Palette's guide packs a directory of any name.

Two builds of zlib may compress differently. Two archives are therefore compared by the digest of
their content, which is the SHA-256 of the tar archive before its compression.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from common.errors import UserError

GZIP_LEVEL = 6
"""The default of gzip. Level 1 is twice as fast, and packs become 14 percent larger for good."""
_GZIP_FORMAT = 16 + zlib.MAX_WBITS
"""zlib writes gzip's header without a name and without a time."""
_PART = 2**20
_MAX_OCTAL = 0o77777777777
"""The largest size that a header has in digits."""
MAX_DEPTH = 100
"""Directories in each other."""
_UNPUBLISHED = frozenset({".git", ".hg", ".svn", ".DS_Store", "Thumbs.db", "desktop.ini"})
_UNPUBLISHED_PREFIX = "._"
"""Of the files that macOS adds to file systems of other systems."""


def is_published(name: str) -> bool:
    """Return whether a file or directory of this name is part of an archive.

    Directories of version control and files that operating systems add are not.
    """
    return name not in _UNPUBLISHED and not name.startswith(_UNPUBLISHED_PREFIX)


@dataclass(frozen=True)
class Content:
    """The content of an archive."""

    digest: str
    """``sha256:`` and the SHA-256 of the uncompressed archive."""
    size: int
    """Bytes of the uncompressed archive."""


@dataclass(frozen=True)
class Blob:
    """A compressed archive."""

    digest: str
    size: int


class Reader(Protocol):
    """Reads a file in parts."""

    def read(self, size: int, /) -> bytes:
        """Return at most a number of bytes; none at the end."""


@dataclass(frozen=True)
class Entry:
    """A file or a link in an archive."""

    path: tuple[str, ...]
    """Its path below the archive's directory."""
    size: int = 0
    executable: bool = False
    target: str | None = None
    """Target of a link; None for a file."""


Opened = tuple[Entry, Reader | None]
"""An entry, and what reads the content of a file. It is valid until the next one."""


def archive_content(directory: Path, name: str) -> Content:
    """Return the content of a pack's archive. Writes no file.

    :param name: name of the archive's directory.
    :raises UserError: if a file can't be read.
    """
    return content_of(_files(directory), name)


def content_of(files: Iterator[Opened], name: str) -> Content:
    """Return the content of an archive of files, which are sorted by path."""
    found, size = hashlib.sha256(), 0
    for part in _tar(files, name):
        found.update(part)
        size += len(part)
    return Content(f"sha256:{found.hexdigest()}", size)


def write_archive(
    directory: Path, name: str, expected: Content, written: BinaryIO, report: Callable[[int], None]
) -> Blob:
    """Write the compressed archive of a pack.

    :param expected: its content, as it was planned.
    :param report: called with the bytes of each part that was compressed.
    :raises UserError: if a file can't be read, or the content is another one.
    """
    compressor = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_FORMAT)
    content, blob, size = hashlib.sha256(), hashlib.sha256(), 0
    for part in _joined(_tar(_files(directory), name)):
        content.update(part)
        compressed = compressor.compress(part)
        blob.update(compressed)
        size += written.write(compressed)
        report(len(part))
    compressed = compressor.flush()
    blob.update(compressed)
    size += written.write(compressed)
    if expected.digest != f"sha256:{content.hexdigest()}":
        raise UserError(
            f"The files in {directory} changed during the push. Run the command again when no "
            "other program writes them."
        )
    return Blob(f"sha256:{blob.hexdigest()}", size)


def _joined(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Join small parts: each call of zlib and of the hash gives other threads a turn."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= _PART:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _tar(files: Iterator[Opened], name: str) -> Iterator[bytes]:
    """Yield an archive of files, which are sorted by path."""
    yield _header(name, tarfile.DIRTYPE, 0o755)
    directory: tuple[str, ...] = ()
    for entry, reader in files:
        parent = entry.path[:-1]
        for depth in range(1, len(parent) + 1):
            if parent[:depth] != directory[:depth]:
                yield _header("/".join((name, *parent[:depth])), tarfile.DIRTYPE, 0o755)
        directory = parent
        path = "/".join((name, *entry.path))
        if reader is None:
            yield _header(path, tarfile.SYMTYPE, 0o777, target=entry.target or "")
            continue
        yield _header(path, tarfile.REGTYPE, 0o755 if entry.executable else 0o644, entry.size)
        yield from _exactly(reader, entry.size, path)
        yield bytes(-entry.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _header(path: str, kind: bytes, mode: int, size: int = 0, target: str = "") -> bytes:
    """Return a header without times and owners.

    tarfile formats all fields of each header. That takes longer than reading a small file, and
    most headers differ only in the path, the size and the checksum.
    """
    if target or not path.isascii() or size > _MAX_OCTAL:
        return _full_header(path, kind, mode, size, target)
    is_open = kind == tarfile.DIRTYPE and not path.endswith("/")
    name = f"{path}/".encode() if is_open else path.encode()
    header = _short_header(name[: tarfile.LENGTH_NAME], kind, mode, size)
    if len(name) <= tarfile.LENGTH_NAME:
        return header
    record = _record(name)
    extension = _short_header(b"././@PaxHeader", tarfile.XHDTYPE, 0, len(record))
    return b"".join((extension, record, bytes(-len(record) % tarfile.BLOCKSIZE), header))


def _record(path: bytes) -> bytes:
    """Return the record of a long path. Its own length is in front of it, and counts too."""
    text = b" path=%b\n" % path
    size = len(text)
    while size != (longer := len(text) + len(str(size))):
        size = longer
    return b"%d%b" % (size, text)


def _short_header(name: bytes, kind: bytes, mode: int, size: int) -> bytes:
    digits = b"%011o" % size
    mode_and_owner, time, rest, checksum = _fields(kind, mode)
    checksum += sum(name) + sum(digits)
    name = name.ljust(tarfile.LENGTH_NAME, b"\0")
    return b"%b%b%b%b%06o%b" % (name, mode_and_owner, digits, time, checksum, rest)


@functools.cache
def _fields(kind: bytes, mode: int) -> tuple[bytes, bytes, bytes, int]:
    """Return what precedes the size, follows it and follows the checksum, and its sum."""
    header = _full_header("", kind, mode)
    parts = header[100:124], header[135:148], header[154:]
    own = 7 * ord(" ")  # the checksum itself, and its NUL, count as spaces
    return *parts, sum(map(sum, parts)) + own


def _full_header(path: str, kind: bytes, mode: int, size: int = 0, target: str = "") -> bytes:
    member = tarfile.TarInfo(path)
    member.type, member.mode, member.size, member.linkname = kind, mode, size, target
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _exactly(reader: Reader, size: int, path: str) -> Iterator[bytes]:
    left = size
    while left:
        part = reader.read(min(left, _PART))
        if not part:
            raise UserError(f"{path} became shorter while it was read. Run the command again.")
        left -= len(part)
        yield part


class _Descriptor:
    """Reads an open file. Less work than a file object for thousands of small files."""

    def __init__(self, number: int) -> None:
        self._number = number

    def read(self, size: int, /) -> bytes:
        return os.read(self._number, size)


def _files(root: Path) -> Iterator[Opened]:
    """Yield the files and links of a directory, sorted by path."""
    try:
        yield from _walk(str(root), ())
    except OSError as error:
        raise UserError(
            f"{error.filename or root} can't be read: {error.strerror}. Fix the file and run the "
            "command again."
        ) from None


def _walk(directory: str, above: tuple[str, ...]) -> Iterator[Opened]:
    if len(above) > MAX_DEPTH:
        raise UserError(f"{directory} is deeper than {MAX_DEPTH} directories. Move its files up.")
    with os.scandir(directory) as found:
        entries = sorted((_text(entry.name), entry) for entry in found)
    for name, entry in entries:
        if not is_published(name):
            continue
        path = (*above, name)
        if entry.is_symlink():
            target = os.readlink(entry.path)  # noqa: PTH115 - a Path would change "./x" to "x"
            yield Entry(path, target=_text(target)), None
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, path)
        elif entry.is_file(follow_symlinks=False):
            yield from _file(entry.path, path)
        else:
            raise UserError(f"{entry.path} is not a file, a directory or a link. Remove it.")


def _text(name: str) -> str:
    """Return a name as an archive has it: UTF-8, also if the locale has another encoding."""
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def _file(place: str, path: tuple[str, ...]) -> Iterator[Opened]:
    number = os.open(place, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        status = os.fstat(number)
        entry = Entry(path, status.st_size, bool(status.st_mode & 0o100))
        yield entry, _Descriptor(number)
    finally:
        os.close(number)
