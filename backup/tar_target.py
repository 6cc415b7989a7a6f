"""A backup in one .tar file. Each backup replaces it, once it is complete."""

from __future__ import annotations

import contextlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from backup.directory_target import file_errors
from backup.errors import BackupError, DamagedBackupError


class _TarFile:
    """What both have in common: the record is in a file next to it."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = str(path), path
        self._record = path.with_name(f"{path.name}.last.json")

    def record(self, stack: str, text: str) -> None:  # noqa: ARG002 - the file has one stack
        """Store the times."""
        with file_errors(self._record):
            self._record.write_text(text, encoding="utf-8")

    def recorded(self, stack: str) -> str:  # noqa: ARG002
        """Return the times."""
        try:
            return self._record.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


class TarWriter(_TarFile):
    """A new file. It gets its name when the backup is complete."""

    def __init__(self, path: Path) -> None:
        """Replace what an interrupted backup left."""
        super().__init__(path)
        self._partial = path.with_name(f".{path.name}.partial")
        self._tar: tarfile.TarFile | None = None

    def sizes(self, prefix: str) -> dict[str, int]:  # noqa: ARG002
        """Return nothing: the file is new."""
        return {}

    def put(self, key: str, content: BinaryIO, size: int) -> None:
        """Append a file. If its content fails, the part that was written is removed."""
        with file_errors(self._path):
            tar = self._opened()
            file: Any = tar.fileobj
            start = tar.offset
            member = tarfile.TarInfo(key)
            member.size, member.mode = size, 0o600
            try:
                tar.addfile(member, content)
            except BaseException:
                file.seek(start)
                file.truncate()
                tar.offset = start
                raise

    def open(self, key: str) -> contextlib.AbstractContextManager[BinaryIO]:
        """Find nothing: the file is new."""
        raise KeyError(key)

    def flush(self) -> None:
        """Do nothing: the file has no name yet."""

    def finish(self) -> None:
        """Replace the old file."""
        with file_errors(self._path):
            tar = self._opened()
            tar.close()
            file: Any = tar.fileobj
            file.flush()
            os.fsync(file.fileno())
            file.close()
            self._partial.replace(self._path)

    def _opened(self) -> tarfile.TarFile:
        if self._tar is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
            file = os.fdopen(os.open(self._partial, flags, 0o600), "w+b")
            # Closed by `finish`. A file that is not finished is replaced by the next one.
            self._tar = tarfile.open(fileobj=file, mode="w")  # noqa: SIM115
        return self._tar


class TarReader(_TarFile):
    """A file that exists."""

    def __init__(self, path: Path) -> None:
        """Find its members.

        :raises BackupError: if it does not exist, or is no such file.
        """
        super().__init__(path)
        try:
            with file_errors(path):
                self._tar = tarfile.open(path, mode="r:")  # noqa: SIM115 - it is read later
                self._members = {member.name: member for member in self._tar.getmembers()}
        except FileNotFoundError:
            raise BackupError(
                f"FILE: {path} does not exist. Must be the directory, the .tar file or the bucket "
                "of a backup."
            ) from None
        except tarfile.TarError as error:
            raise DamagedBackupError(str(path), f"it is not a whole .tar file ({error})") from None
        end = max((m.offset_data + m.size for m in self._members.values()), default=0)
        if path.stat().st_size < end + 2 * tarfile.BLOCKSIZE:
            raise DamagedBackupError(str(path), "its end is missing")

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the sizes of all files below a directory."""
        return {
            name: member.size
            for name, member in self._members.items()
            if name.startswith(f"{prefix}/")
        }

    def put(self, key: str, content: BinaryIO, size: int) -> None:
        """Do nothing: the file stays as it is."""

    @contextlib.contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """Open a file."""
        opened = self._tar.extractfile(self._members[key])
        if opened is None:
            raise KeyError(key)
        with opened:
            yield opened  # type: ignore[misc] # it reads bytes

    def flush(self) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""
