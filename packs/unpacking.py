"""Reads and unpacks archives of packs. Their content is untrusted.

Nothing here reads or writes more than its limits, or writes outside of the given directory. Python
versions before 3.11.13 have known ways around their filter for links. Links are therefore created
last, when nothing is written any more, and then followed.
"""

from __future__ import annotations

import gzip
import io
import itertools
import json
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from common.errors import UserError
from packs.source import MAX_PACK_FILE, PACK_FILE

MAX_UNPACKED = 2**30
"""Bytes of all files of a pack. The largest of 220 public packs has 10 MB."""
MAX_MEMBERS = 50_000
MAX_SEARCHED = 2**26
"""Bytes of an archive in which ``pack.json`` is searched for a list."""
MAX_PATH = 1000
MAX_HEADER = 2**20
"""Bytes of a member's extended header, which tarfile reads into memory."""
_GZIP = b"\x1f\x8b"
READ_ERRORS = (
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    LookupError,
    RuntimeError,  # a loop of links, or a chain of headers of long names
)


_EXTENDED = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


class ArchiveError(UserError):
    """An archive is not one of a pack, or not safe to unpack."""


class TooLargeError(ArchiveError):
    """An archive has more data than a pack may have."""

    def __init__(self, limit: int) -> None:
        """Name the limit.

        :param limit: in bytes.
        """
        super().__init__(f"it has more data than a pack may have ({limit / 2**20:,.0f} MiB)")


class _Parts(io.RawIOBase):
    """Parts of bytes as a file."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts, self._rest = iter(parts), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or next((part for part in self._parts if part), b"")
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


class _Member(tarfile.TarInfo):
    """A member whose extended header is limited."""

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        """Read what follows a header. `tarfile` documents that a subclass may override it."""
        if self.type in _EXTENDED and not 0 <= self.size <= MAX_HEADER:
            raise ArchiveError("it has more data in a header than a pack may have")
        return super()._proc_member(archive)  # type: ignore[misc] # typeshed leaves it out


class _Limited:
    """A file that ends with an error after a number of bytes."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file, self._left, self._limit = file, limit, limit

    def read(self, size: int) -> bytes:
        content = self._file.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise TooLargeError(self._limit)
        return content


def open_archive(parts: Iterable[bytes], limit: int) -> tarfile.TarFile:
    """Open an archive, compressed with gzip or not.

    :param limit: uncompressed bytes that may be read.
    """
    rest, start = iter(parts), b""
    while len(start) < len(_GZIP) and (part := next(rest, None)) is not None:
        start += part
    file: IO[bytes] = cast(IO[bytes], io.BufferedReader(_Parts(itertools.chain([start], rest))))
    if start.startswith(_GZIP):
        file = cast(IO[bytes], gzip.GzipFile(fileobj=file))
    source = cast(IO[bytes], _Limited(file, limit))
    return tarfile.open(fileobj=source, mode="r|", tarinfo=_Member)


def read_pack_file(parts: Iterable[bytes]) -> dict[str, Any]:
    """Return the ``pack.json`` of an archive. Parts after it are not read.

    :returns: an empty object if there is none that can be read.
    :raises UserError: if a part can't be read from its source.
    """
    try:
        with open_archive(parts, MAX_SEARCHED) as archive:
            for member in archive:
                if _is_pack_file(member) and (file := archive.extractfile(member)):
                    content = json.loads(file.read(MAX_PACK_FILE))
                    return content if isinstance(content, dict) else {}
    except (ArchiveError, *READ_ERRORS):
        pass
    return {}


def _is_pack_file(member: tarfile.TarInfo) -> bool:
    path = PurePosixPath(member.name)
    return path.name == PACK_FILE and len(path.parts) <= 2 and member.isreg()


@dataclass
class _Unpacking:
    """An archive that is being unpacked into a directory."""

    directory: Path
    members: int = 0
    size: int = 0
    links: list[tarfile.TarInfo] = field(default_factory=list)

    def add(self, archive: tarfile.TarFile, found: tarfile.TarInfo) -> None:
        """Write a file or a directory. Remember a link."""
        self.members += 1
        self.size += found.size
        if self.size > MAX_UNPACKED:
            raise TooLargeError(MAX_UNPACKED)
        if self.members > MAX_MEMBERS:
            raise ArchiveError(f"it has more than {MAX_MEMBERS:,} files")
        if len(found.name) > MAX_PATH:
            raise ArchiveError(f"it has a path with more than {MAX_PATH:,} characters")
        member = tarfile.data_filter(found, str(self.directory))
        path = self.directory / member.name
        if member.issym():
            self.links.append(member)
        elif member.isdir():
            path.mkdir(parents=True, exist_ok=True)
        elif member.islnk():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.directory / member.linkname, path)
            self.size += path.stat().st_size
        elif content := archive.extractfile(member):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                shutil.copyfileobj(content, file)
            path.chmod(0o755 if (member.mode or 0) & 0o100 else 0o644)

    def add_links(self) -> None:
        """Create the symbolic links. None of them is in a directory that is a link."""
        root = self.directory.resolve()
        for member in self.links:
            path = self.directory / member.name
            if path.parent.resolve() != root / PurePosixPath(member.name).parent:
                raise ArchiveError(f"its member {member.name!r} is in a directory that is a link")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(member.linkname)

    def check_links(self, pack: Path) -> None:
        """Follow each symbolic link: it must stay in the pack."""
        root = pack.resolve()
        for member in self.links:
            if not (self.directory / member.name).resolve().is_relative_to(root):
                raise ArchiveError(f"its link {member.name!r} leads outside of it")


def unpack(file: Path, directory: Path) -> Path:
    """Unpack the archive of a pack into an empty directory.

    :returns: the directory of the pack: the given one, or the only one in it.
    :raises ArchiveError: if it is not the archive of a pack, or not safe to unpack. The message is
        a part of a sentence about the archive. The directory may have some of its content.
    """
    unpacking = _Unpacking(directory)
    try:
        with file.open("rb") as opened, open_archive(_blocks(opened), 2 * MAX_UNPACKED) as archive:
            for member in archive:
                unpacking.add(archive, member)
        unpacking.add_links()
        entries = list(directory.iterdir())
        pack = entries[0] if len(entries) == 1 and entries[0].is_dir() else directory
        unpacking.check_links(pack)
    except tarfile.FilterError as error:
        raise ArchiveError(f"its member {error.tarinfo.name!r} leads outside of it") from None
    except READ_ERRORS as error:
        raise ArchiveError(f"it can't be unpacked ({error or type(error).__name__})") from None
    if pack.is_symlink() or not (pack / PACK_FILE).is_file():
        raise ArchiveError(f"it has no {PACK_FILE}")
    return pack


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(2**16):
        yield block
