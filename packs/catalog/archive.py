"""Reads the few files of a pack's archive that the page shows, from a stream and limited.

Nothing is written to disk. Links, devices and files in other directories are ignored.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Iterable, Iterator

from packs.catalog.text import MAX_TEXT
from packs.source import LOGO_FILE, PACK_FILE, README_FILE, VALUES_FILE
from packs.unpacking import MAX_UNPACKED, READ_ERRORS, ArchiveError, TooLargeError, open_archive

FILES = (PACK_FILE, README_FILE, VALUES_FILE, LOGO_FILE)
MAX_COMPRESSED = MAX_UNPACKED
"""Bytes of an archive."""
MAX_MEMBERS = 100_000
MAX_FILE = MAX_TEXT + 1
"""Bytes that are read of one file: the page says if there are more."""
_MAX_ROOTS = 4


def read_archive(parts: Iterable[bytes], digest: str) -> dict[str, bytes]:
    """Return the content of the files that the page shows, by name.

    :param parts: the archive, in parts.
    :param digest: what the archive's digest must be.
    :raises ArchiveError: if it is damaged, too large or no archive. The message is a part of a
        sentence about the archive.
    """
    found = hashlib.sha256()
    checked = _checked(parts, found.update)
    try:
        with open_archive(checked, MAX_UNPACKED) as archive:
            files = _read_members(archive)
    except READ_ERRORS:
        raise ArchiveError("it is damaged, or is no tar archive") from None
    for _ in checked:  # its digest depends on every byte
        pass
    if f"sha256:{found.hexdigest()}" != digest:
        raise ArchiveError("it is damaged: its content has another digest")
    return files


def _checked(parts: Iterable[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > MAX_COMPRESSED:
            raise TooLargeError(MAX_COMPRESSED)
        update(part)
        yield part


def _read_members(archive: tarfile.TarFile) -> dict[str, bytes]:
    roots: dict[str, dict[str, bytes]] = {}
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
        raise ArchiveError(f"it has more than {MAX_MEMBERS:,} files")
    return max(roots.values(), key=lambda files: (PACK_FILE in files, len(files)), default={})
