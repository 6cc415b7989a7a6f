"""Tar archives: Docker's API takes and returns files in this format."""

from __future__ import annotations

import io
import posixpath
import tarfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path


def make_tar(files: Mapping[str, tuple[str, str]]) -> bytes:
    """Pack files that belong to root.

    :param files: text and octal mode by path.
    """
    return _pack((_file(path, text, mode) for path, (text, mode) in files.items()))


def make_hard_link(name: str, target: str) -> bytes:
    """Pack a hard link. Extracted, it replaces a file of that name."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.LNKTYPE, target
    return _pack([(member, b"")])


def read_files(archive: bytes | Path, *names: str) -> dict[str, bytes]:
    """Return the content of files in an archive by name, without those that it does not contain.

    :param archive: the archive, or its path.
    :raises tarfile.TarError: if it is not an archive.
    """
    contents = {}
    with _open(archive) as tar:
        for name in set(names) & set(tar.getnames()):
            if file := tar.extractfile(name):
                contents[name] = file.read()
    return contents


def has_hard_link(archive: bytes, names: set[str]) -> bool:
    """Return whether an archive has a hard link between two files with these names.

    Either name may be the target: it is the one that Docker packed first.
    """
    with _open(archive) as tar:
        return any(
            member.islnk()
            and {posixpath.basename(member.name), posixpath.basename(member.linkname)} == names
            for member in tar
        )


def _open(archive: bytes | Path) -> tarfile.TarFile:
    if isinstance(archive, bytes):
        return tarfile.open(fileobj=io.BytesIO(archive))
    return tarfile.open(archive)


def _file(path: str, text: str, mode: str) -> tuple[tarfile.TarInfo, bytes]:
    content = text.encode()
    member = tarfile.TarInfo(path.lstrip("/"))
    member.size, member.mode, member.mtime = len(content), int(mode, 8), int(time.time())
    return member, content


def _pack(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()
