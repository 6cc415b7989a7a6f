"""Backups in a directory."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from backup.digests import PART
from backup.errors import BackupError
from backup.target import record_key

_PARTIAL = ".partial-"
_DIRECTORY_MODE = 0o700


@contextlib.contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Report errors of a file system.

    :raises BackupError: if a file can't be read or written.
    """
    try:
        yield
    except (FileNotFoundError, KeyError):
        raise
    except OSError as error:
        raise BackupError(
            f"FILE: {error.filename or path} can't be used ({error.strerror or error}). Fix it, or "
            "select another place, then run the command again."
        ) from None


class DirectoryTarget:
    """A directory of this machine. It is created with the first backup, for its owner only."""

    def __init__(self, path: Path) -> None:
        """Remove what an interrupted backup left."""
        self.name, self._path = str(path), path
        self._new: list[Path] = []
        with file_errors(path):
            for left in path.glob(f"{_PARTIAL}*"):
                left.unlink(missing_ok=True)

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the sizes of all files below a directory."""
        with file_errors(self._path):
            return {
                str(file.relative_to(self._path)): file.stat().st_size
                for file in (self._path / prefix).rglob("*")
                if file.is_file()
            }

    def put(self, key: str, content: BinaryIO, size: int) -> None:  # noqa: ARG002
        """Store a file."""
        path = self._path / key
        with file_errors(path):
            self._path.mkdir(parents=True, exist_ok=True, mode=_DIRECTORY_MODE)
            path.parent.mkdir(parents=True, exist_ok=True, mode=_DIRECTORY_MODE)
            descriptor, partial = tempfile.mkstemp(dir=self._path, prefix=_PARTIAL)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    shutil.copyfileobj(content, file, PART)
                Path(partial).replace(path)
            except BaseException:
                Path(partial).unlink(missing_ok=True)
                raise
        self._new.append(path)

    @contextlib.contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Open a file."""
        path = self._path / key
        try:
            with file_errors(path):
                file = path.open("rb")
        except FileNotFoundError:
            raise KeyError(key) from None
        with file:
            yield file

    def flush(self) -> None:
        """Wait until the files are on the disk."""
        with file_errors(self._path):
            for path in [*self._new, *{path.parent for path in self._new}]:
                descriptor = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        self._new.clear()

    def finish(self) -> None:
        """Wait until the last file is on the disk."""
        self.flush()

    def record(self, stack: str, text: str) -> None:
        """Store a stack's times."""
        content = text.encode()
        self.put(record_key(stack), io.BytesIO(content), len(content))

    def recorded(self, stack: str) -> str:
        """Return a stack's times."""
        try:
            with self.open(record_key(stack)) as file:
                return file.read().decode(errors="replace")
        except KeyError:
            return ""
