"""Archives that other programs wrote, as ``tar`` and ``oras push`` do: their content."""

from __future__ import annotations

import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from packs.archive import Content, Entry, Opened, content_of, is_published
from packs.source import PACK_FILE

_PART = 2**20
_OVERHEAD = 2**20
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def foreign_content(archive: BinaryIO, name: str, expected: Content) -> Content | None:
    """Return the content that the files of an archive would have in an archive of this program.

    :param archive: an archive, which is compressed by gzip or not at all.
    :param name: name of the archive's directory.
    :param expected: what the content is compared with. A much larger archive is not read to its
        end.
    :returns: None if it has another form: then the content is another one, too.
    """
    limit = 2 * expected.size + _OVERHEAD
    with tempfile.TemporaryFile(prefix="pack-registry-") as plain:
        try:
            if not _decompress(archive, cast(BinaryIO, plain), limit):
                return None
            with tarfile.open(
                fileobj=plain, mode="r:", encoding="utf-8", errors="surrogateescape"
            ) as tar:
                return content_of(_files(tar), name)
        except (tarfile.TarError, zlib.error, EOFError, KeyError, LookupError, ValueError):
            return None


def _decompress(archive: BinaryIO, plain: BinaryIO, limit: int) -> bool:
    """Decompress an archive. Return whether it is not larger than a limit."""
    is_compressed = archive.read(2) == b"\x1f\x8b"
    archive.seek(0)
    decompressor = zlib.decompressobj(_GZIP_OR_ZLIB) if is_compressed else None
    size = 0
    while part := archive.read(_PART):
        while part:
            out = decompressor.decompress(part, _PART) if decompressor else part
            part = decompressor.unconsumed_tail if decompressor else b""
            size += plain.write(out)
            if size > limit:
                return False
    plain.seek(0)
    return True


def _files(tar: tarfile.TarFile) -> Iterator[Opened]:
    """Yield the files and links below the directory of ``pack.json``, sorted by path.

    :raises ValueError: if there is something else.
    """
    members = {_path(member.name): member for member in tar if not member.isdir()}
    top = min((path[:-1] for path in members if path[-1] == PACK_FILE), key=len)
    for path in sorted(members):
        if path[: len(top)] != top:
            raise ValueError("a file is outside of the pack's directory")
        below = path[len(top) :]
        if not all(map(is_published, below)):
            continue
        member = members[path]
        if member.issym():
            yield Entry(below, target=member.linkname), None
            continue
        reader = tar.extractfile(member)
        if reader is None:
            raise ValueError("it is not a file, a directory or a link")
        size = tar.getmember(member.linkname).size if member.islnk() else member.size
        yield Entry(below, size, bool(member.mode & 0o100)), reader


def _path(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name).parts
    if not path or path[0] == "/" or ".." in path:
        raise ValueError("a path leads outside")
    return path
