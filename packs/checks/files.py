"""The files of a pack: regular files are read, everything else is reported."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from packs.checks.limits import MAX_FILE_SIZE, MAX_FILES, MAX_PACK_SIZE
from packs.checks.report import Report
from packs.checks.text import TextError, decode, is_printable, size_text

PART = 2**20
"""Bytes that are read at once of a file that has grown."""
_KINDS = (
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISBLK, "device"),
    (stat.S_ISCHR, "device"),
)


class PackFiles:
    """The files below a pack's directory. Names are paths in the pack, with slashes."""

    def __init__(self, directory: Path, report: Report) -> None:
        """List the files. What is neither a file, a directory nor a link is reported."""
        self.directory = directory
        self.files: dict[str, int] = {}
        """Sizes of regular files in bytes."""
        self.links: list[str] = []
        self.directories = {""}
        self.special: set[str] = set()
        """Named pipes, sockets and devices."""
        self._report = report
        self._real = os.path.realpath(directory)
        self._unreadable: set[str] = set()
        self._list()

    def _list(self) -> None:
        pending = [""]
        while pending:
            parent = pending.pop()
            for entry in self._scan(parent):
                name = f"{parent}{entry.name}"
                if not is_printable(entry.name):
                    self._report.error(
                        name,
                        "The file name has characters that are not printable. Rename the file.",
                    )
                if self._add(entry, name):
                    pending.append(f"{name}/")
            if self._count() > MAX_FILES:
                self._report.error("", f"The pack has more than {MAX_FILES:,} files.")
                return

    def _count(self) -> int:
        kinds = (self.files, self.directories, self.links, self.special)
        return sum(map(len, kinds))

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(self.files.values())

    @property
    def is_too_large(self) -> bool:
        """Whether reading all files can take minutes."""
        return self.size > MAX_PACK_SIZE or self._count() > MAX_FILES

    def _scan(self, parent: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.directory / parent) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._report.error(parent.rstrip("/"), _unreadable("directory", error))
            return []

    def _add(self, entry: os.DirEntry[str], name: str) -> bool:
        """Remember an entry, and return whether it is a directory to list."""
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._report.error(name, _unreadable("file", error))
            return False
        if stat.S_ISLNK(status.st_mode):
            self.links.append(name)
        elif stat.S_ISDIR(status.st_mode):
            self.directories.add(name)
            return True
        elif stat.S_ISREG(status.st_mode):
            self.files[name] = status.st_size
        else:
            self.special.add(name)
            kind = next((text for test, text in _KINDS if test(status.st_mode)), "special file")
            self._report.error(
                name, f"A {kind} can't be in a pack. Must be a file, a directory or a link."
            )
        return False

    def resolve(self, name: str) -> str | None:
        """Follow the links in a path. None if it leads out of the pack."""
        try:
            real = os.path.realpath(os.path.join(self._real, name))  # noqa: PTH118 - keeps ".."
        # A null character, half of a surrogate pair, a chain of a thousand links.
        except (OSError, ValueError, RecursionError):
            return name
        if real == self._real:
            return ""
        prefix = self._real.rstrip("/") + "/"
        return real.removeprefix(prefix) if real.startswith(prefix) else None

    def is_file(self, name: str) -> bool:
        """Whether a path leads to a regular file of the pack."""
        return name in self.files or self.resolve(name) in self.files

    def is_directory(self, name: str) -> bool:
        """Whether a path leads to a directory of the pack."""
        return self.resolve(name) in self.directories

    def read(self, name: str, limit: int = MAX_FILE_SIZE) -> bytes | None:
        """Return the content of a file. None if it can't be read, which is reported once."""
        if name in self._unreadable:
            return None
        real = name if name in self.files else self.resolve(name)
        if real is None or real not in self.files:
            return None
        if self.files[real] > MAX_FILE_SIZE:  # the check of sizes reports it
            return None
        try:
            content = _read(f"{self._real}/{real}", self.files[real], limit)
        except OSError as error:
            self._refuse(name, _unreadable("file", error))
            return None
        if len(content) > limit:
            self._refuse(name, f"The file is larger than {size_text(limit)}.")
            return None
        return content

    def read_text(self, name: str, limit: int) -> str | None:
        """Return the text of a file. None if it can't be read, which is reported once."""
        content = self.read(name, limit)
        if content is None:
            return None
        try:
            return decode(content)
        except TextError as error:
            self._refuse(name, str(error), error.line)
            return None

    def _refuse(self, name: str, message: str, line: int | None = None) -> None:
        self._unreadable.add(name)
        self._report.error(name, message, line)

    def link_target(self, name: str) -> str | None:
        """Return what a link contains. None if it can't be read."""
        try:
            return os.readlink(self.directory / name)  # noqa: PTH115 - as it is stored
        except OSError:
            return None


def _read(file: str, size: int, limit: int) -> bytes:
    """Read a file up to a limit and one byte more.

    It may have become a named pipe meanwhile: opening it does not wait for a writer. Python sets
    memory aside for all bytes that are asked for. So the first part is as large as the file was.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        content, wanted = b"", size + 1
        while part := os.read(descriptor, min(wanted, limit + 1 - len(content))):
            content, wanted = content + part, PART
        return content
    finally:
        os.close(descriptor)


def _unreadable(kind: str, error: OSError) -> str:
    return f"The {kind} can't be read: {error.strerror or type(error).__name__}."
