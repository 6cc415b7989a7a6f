"""The source of a backup: files on a Docker host, or objects of a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from backup.manifest import Owner


class SourceChangedError(Exception):
    """The server changed a file while it was read. Reading it again helps."""


@dataclass(frozen=True)
class Entry:
    """A file of a source. Its content can be read until the next entry is requested."""

    path: str
    """Relative to the server's directory."""
    size: int
    opened: AbstractContextManager[BinaryIO] = field(repr=False)


class Source(Protocol):
    """The files of one server, below its directory."""

    name: str
    """Their place, for messages."""
    is_listed: bool
    """Whether the names of files can be read without their content."""

    @property
    def owner(self) -> Owner:
        """Who owns the files that were read."""

    def walk(self, directory: str) -> Iterator[Entry]:
        """Yield all files below a directory in any order; none if it does not exist.

        :param directory: relative to the server's directory; empty for all files.
        :raises SourceChangedError: if a file was changed meanwhile.
        """

    def open(self, path: str) -> AbstractContextManager[Entry]:
        """Open one file.

        :raises KeyError: if it does not exist.
        :raises SourceChangedError: if it was changed meanwhile.
        """
