"""Chart archives, unpacked in memory up to a limit.

Rules are those of Helm's loader (pkg/chart/loader/archive.go and directory.go).
"""

from __future__ import annotations

import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from packs.checks.limits import (
    MAX_CHART_FILE_SIZE,
    MAX_CHART_FILES,
    MAX_CHART_SIZE,
)
from packs.checks.text import LFS_FIX, LFS_POINTER, TextError, shown, size_text

_GZIP = b"\x1f\x8b"
_WINDOWS_DRIVE = re.compile(r"[A-Za-z]:[/\\]")
_FAILURES = (tarfile.TarError, ValueError, OverflowError, RecursionError, EOFError, IndexError)
"""What the tarfile module raises for content that is no archive."""


@dataclass(frozen=True)
class Member:
    """A file in an archive."""

    name: str
    start: int
    size: int


@dataclass(frozen=True)
class Archive:
    """The content of an archive."""

    data: bytes
    members: tuple[Member, ...]

    def content(self, name: str) -> bytes | None:
        """Return a file. None if there is none."""
        for member in self.members:
            if member.name == name:
                return self.data[member.start : member.start + member.size]
        return None


def unpack(content: bytes, limit: int = MAX_CHART_SIZE) -> Archive:
    """Unpack an archive.

    :param limit: bytes of its content.
    :raises TextError: if Helm can't read it, or if it is hostile.
    """
    if content.startswith(LFS_POINTER):
        raise TextError(LFS_FIX)
    if not content.startswith(_GZIP):
        raise TextError("The file is not a gzip archive. Create it with `helm package`.")
    data = _decompress(content, limit)
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:", errors="surrogateescape") as archive:
            return Archive(data, tuple(_members(archive)))
    except TextError:
        raise
    except _FAILURES:
        raise TextError("The file is not a tar archive. Create it with `helm package`.") from None


def _decompress(content: bytes, limit: int) -> bytes:
    parts, size = [], 0
    while content:
        stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            parts.append(stream.decompress(content, limit - size + 1))
        except zlib.error:
            raise TextError("The gzip archive is damaged. Create it again.") from None
        size += len(parts[-1])
        if size > limit:
            raise TextError(f"The archive unpacks to more than {size_text(MAX_CHART_SIZE)}.")
        if not stream.eof:
            raise TextError("The gzip archive is cut off. Create it again.")
        content = stream.unused_data
        if not content.startswith(_GZIP):  # Helm ignores what follows
            break
    return b"".join(parts)


def _members(archive: tarfile.TarFile) -> Iterator[Member]:
    for number, member in enumerate(archive):
        if number == MAX_CHART_FILES:
            raise TextError(f"The archive has more than {MAX_CHART_FILES:,} files.")
        _check_name(member)
        if member.isfile() and member.sparse is None:
            yield Member(member.name.replace("\\", "/"), member.offset_data, member.size)


def _check_name(member: tarfile.TarInfo) -> None:
    """Refuse what unpacks to a place outside of the archive's directory."""
    name = member.name.replace("\\", "/")
    if name.startswith("/") or _WINDOWS_DRIVE.search(name):
        raise TextError(f"The archive has the absolute path {shown(member.name)}.")
    if ".." in name.split("/"):
        raise TextError(f"The archive has the path {shown(member.name)}, which leads out of it.")
    if member.issym() or member.islnk():
        if _leads_out(name if member.issym() else "", member.linkname):
            raise TextError(f"The link {shown(member.name)} in the archive leads out of it.")
    elif not (member.isfile() or member.isdir()):
        raise TextError(f"{shown(member.name)} in the archive is neither a file nor a directory.")
    if member.size > MAX_CHART_FILE_SIZE:
        limit = size_text(MAX_CHART_FILE_SIZE)
        raise TextError(
            f"{shown(member.name)} in the archive is larger than {limit}, Helm's limit."
        )


def _leads_out(name: str, target: str) -> bool:
    """Whether a link leads out of the archive.

    :param name: path of the link. Empty if the target counts from the archive's root.
    """
    if target.startswith("/") or _WINDOWS_DRIVE.match(target):
        return True
    depth = name.count("/")
    for part in target.replace("\\", "/").split("/"):
        depth += 0 if part in ("", ".") else -1 if part == ".." else 1
        if depth < 0:
            return True
    return False
