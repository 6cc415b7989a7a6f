"""What one check of a registry found: its state, what it is about, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from components.storage.location import StorageLocation
from components.verification.probe import Probe


class State(StrEnum):
    """How well something is."""

    OK = "OK"
    UNKNOWN = "unknown"
    WARNING = "warning"
    ERROR = "error"


SEVERITY = (State.OK, State.UNKNOWN, State.WARNING, State.ERROR)
"""From the best to the worst."""


def worst(states: Iterable[State]) -> State:
    """Return the worst of some states; OK if there are none."""
    return max(states, key=SEVERITY.index, default=State.OK)


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    check: str
    """Name of what was checked. Scripts read it."""
    state: State
    value: str
    fix: str = ""
    """What to do, with the command; empty if there is nothing to do."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """The same as numbers, for scripts."""


class UnknownError(Exception):
    """Something can't be known. The message is the reason."""

    def __init__(self, reason: str, fix: str = "") -> None:
        super().__init__(reason)
        self.fix = fix


@dataclass(frozen=True)
class Space:
    """A file system, in bytes."""

    name: str
    """Name of the check."""
    place: str
    """What is on it, for the message."""
    size: int
    free: int


class Inspection(Protocol):
    """The Docker host or the cluster of one registry. Nothing is changed there.

    The methods raise UnknownError for what can't be known, and errors of the host's client.
    """

    @property
    def location(self) -> StorageLocation:
        """Location of the packs, according to the settings."""

    def server(self) -> Iterator[Line]:
        """Yield lines about the server: its state, its restarts and its image."""

    def maintenance(self) -> Iterator[Line]:
        """Yield a line about the lock for maintenance, and what an interrupted operation left."""

    def connection(self) -> AbstractContextManager[Probe]:
        """Open a connection to the server itself, bypassing DNS and proxies."""

    def address(self) -> str:
        """Return the address to which DNS has to resolve the hostname; empty if it is unknown."""

    def log(self) -> list[str]:
        """Return the end of the server's log; empty if it can't be read."""

    def whole_log(self, lines: int) -> list[str]:
        """Return the server's log, at most so many lines of its end."""

    def htpasswd(self) -> tuple[str, str]:
        """Return the htpasswd file that the server has, and what writes it again."""

    def size(self) -> int:
        """Return the bytes that the packs take."""

    def spaces(self) -> Iterator[Space | Line]:
        """Yield the file systems of the packs and of the host; a line for one that is unknown."""

    def time(self) -> datetime:
        """Return the host's time."""

    def describe(self, error: Exception) -> str:
        """Return the reason of an error of the host's client."""
