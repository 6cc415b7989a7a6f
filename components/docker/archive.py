"""Tar archives: Docker's API takes and returns files in this format."""

from __future__ import annotations

import io
import posixpath
import tarfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = 0
"""The user root, and its group."""
OWNER_FILE = ".owner"
"""An empty file that remains where ``make_owner_change`` was extracted."""


def make_tar(files: Mapping[str, tuple[str, str]], owner: int = ROOT) -> bytes:
    """Pack files.

    :param files: text and octal mode by path.
    :param owner: user and group that they belong to.
    """
    return _pack((_file(path, text, mode, owner) for path, (text, mode) in files.items()))


def make_hard_link(name: str, target: str, owner: int = ROOT) -> bytes:
    """Pack a hard link. Extracted, it replaces a file of that name.

    :param owner: user and group that the file belongs to from then on, under both names.
    """
    return _pack([(_member(name, owner, tarfile.LNKTYPE, target), b"")])


def make_owner_change(paths: Iterable[str], owner: int) -> bytes:
    """Pack what gives files to another user when it is extracted. Their content stays.

    Docker changes the owner of a file to which it extracts a hard link. One name serves for all
    links, and becomes an empty file, so that no other name for a file remains.
    """
    links = [(_member(OWNER_FILE, owner, tarfile.LNKTYPE, path), b"") for path in paths]
    return _pack([*links, _file(OWNER_FILE, "", "0400", owner)])


def make_directory(name: str, owner: int) -> bytes:
    """Pack an empty directory that only its owner can use. An existing one keeps its content."""
    member = _member(name, owner, tarfile.DIRTYPE)
    member.mode = 0o700
    return _pack([(member, b"")])


def first_member(beginning: bytes) -> tarfile.TarInfo:
    """Return the first file or directory of an archive, from its beginning."""
    return tarfile.TarInfo.frombuf(beginning[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")


def owned_by_others(archive: bytes, owner: int) -> list[str]:
    """Return the paths of all files in an archive that belong to another user.

    They are relative to the archived directory.
    """
    with _open(archive) as tar:
        return [
            member.name.partition("/")[2]
            for member in tar
            if (member.isreg() or member.islnk()) and (member.uid, member.gid) != (owner, owner)
        ]


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


def _file(path: str, text: str, mode: str, owner: int) -> tuple[tarfile.TarInfo, bytes]:
    content = text.encode()
    member = _member(path.lstrip("/"), owner, tarfile.REGTYPE)
    member.size, member.mode = len(content), int(mode, 8)
    return member, content


def _member(name: str, owner: int, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mtime = kind, target, int(time.time())
    member.uid = member.gid = owner
    return member


def _pack(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()
