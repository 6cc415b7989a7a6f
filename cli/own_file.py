"""Writes files for the user and other programs: CA certificates, the catalog.

A file is replaced only if this module wrote its content: the digests are in `.state`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from pathlib import Path

from cli.console import CommandError
from cli.paths import STATE
from common.atomic_file import write_atomically

_FILE_MODE, _DIRECTORY_MODE = 0o644, 0o755
"""For every user, with any umask: the content is public, and other programs run as others."""


class NotOwnFileError(Exception):
    """A file was not written by this module, or is a symbolic link."""


def write_own_file(path: Path, text: str) -> None:
    """Write a file, complete or not at all. Replace it only if this module wrote it.

    :raises NotOwnFileError: if there is another file, with what it is.
    :raises OSError: if the file can't be written.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links
    content, records = text.encode(), _read_records()
    if path.is_symlink():
        raise NotOwnFileError("is a symbolic link")
    if path.is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    exists = path.exists()
    if exists:
        found = path.read_bytes() if path.is_file() else None
        if found == content:
            return
        if found is None or records.get(str(path)) != _digest(found):
            raise NotOwnFileError("exists, and this command did not write it")
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), _FILE_MODE)
        if exists:
            path.unlink()
        os.link(file.name, path)  # fails if another program has created the file meanwhile
    _write_records({**records, str(path): _digest(content)})


def write_chosen_file(path: Path, text: str) -> None:
    """Write the file that the user chose with FILE, as :func:`write_own_file` does.

    :raises CommandError: if it can't be written.
    """
    try:
        write_own_file(path, text)
    except NotOwnFileError as error:
        raise CommandError(
            f"FILE: {path} {error}. Nothing was overwritten. "
            "Remove it, or set FILE to another file."
        ) from None
    except OSError as error:
        raise CommandError(
            f"FILE: {path} can't be written ({error.strerror}). "
            "Must be a file in an existing directory."
        ) from None


def make_directories(path: Path) -> None:
    """Create a directory and its parents, readable for every user."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        each.chmod(_DIRECTORY_MODE)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _record_file() -> Path:
    return STATE / "files.json"


def _read_records() -> dict[str, str]:
    """Read the digests of the written files, by absolute path."""
    try:
        return dict(json.loads(_record_file().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _write_records(records: dict[str, str]) -> None:
    if STATE.is_symlink():
        return  # the next renewal asks to remove the file
    write_atomically(_record_file(), json.dumps(records))
