"""The lock of a registry: backup, restore and garbage collection exclude each other.

The lock is an object on the registry's own Docker host or cluster, so it holds for commands on any
machine. Its creation is atomic. It names its holder, because a command that is killed leaves it.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import psutil

from components.maintenance.operation import Operation

ATTEMPTS = 5
"""Attempts to create a lock that others release, or leave, at the same moment."""

CLOCK_SECONDS = 5.0
"""Difference between two readings of the time at which a process started."""


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock."""

    operation: Operation
    user: str
    """`user@host`."""
    since: str
    """Time of the acquisition, ISO 8601 in UTC."""
    machine: str
    """Identifies the table of processes that has the process."""
    process: int
    process_began: float
    """Seconds since 1970. Another process may reuse the number."""

    @classmethod
    def current(cls, operation: Operation) -> Holder:
        """Return this process as the holder."""
        began = psutil.Process().create_time()
        since = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(operation, _user(), since, _machine(), os.getpid(), began)

    @classmethod
    def parse(cls, text: str) -> Holder:
        """Read a holder from the text that ``to_text`` returned."""
        try:
            values = json.loads(text)
            return cls(**{**values, "operation": Operation(values["operation"])})
        except (TypeError, KeyError, ValueError):
            return cls(Operation.UNKNOWN, "another version of this program", "", "", 0, 0.0)

    def to_text(self) -> str:
        """Return the holder as JSON."""
        return json.dumps(asdict(self))

    @property
    def is_on_this_machine(self) -> bool:
        """Whether it can be said that the process runs, or that it has ended."""
        return self.machine == _machine()

    def has_ended(self) -> bool:
        """Return whether the process has certainly ended."""
        if not self.is_on_this_machine:
            return False
        try:
            found = psutil.Process(self.process)
            return (
                found.status() == psutil.STATUS_ZOMBIE
                or abs(found.create_time() - self.process_began) > CLOCK_SECONDS
            )
        except psutil.NoSuchProcess:
            return True
        except psutil.Error:
            return False

    def __str__(self) -> str:
        """Describe it for a message: operation, user, start and process."""
        since = f" since {self.since.replace('T', ' ')}" if self.since else ""
        process = f" (process {self.process})" if self.process else ""
        return f"{self.operation} by {self.user}{since}{process}"


class LockedError(Exception):
    """Another process holds the lock."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(str(holder))
        self.holder = holder


@dataclass(frozen=True)
class Lock:
    """A lock that exists."""

    identifier: str
    """Identifies this lock, and no later one of the same name."""
    holder: Holder


class LockStore(Protocol):
    """The place of one registry's lock."""

    def create(self, holder: Holder) -> str | None:
        """Create the lock, and return its identifier; None if there is one already."""

    def find(self) -> Lock | None:
        """Return the lock; None if there is none."""

    def remove(self, identifier: str) -> None:
        """Remove one lock. It is no error if it no longer exists."""


def acquire(store: LockStore, operation: Operation) -> Lock:
    """Create the lock. Replace one whose holder has certainly ended.

    :raises LockedError: if another process holds it.
    """
    holder = Holder.current(operation)
    found: Lock | None = None
    for _ in range(ATTEMPTS):
        if identifier := store.create(holder):
            return Lock(identifier, holder)
        found = store.find()
        if found is None:
            continue
        if not found.holder.has_ended():
            break
        store.remove(found.identifier)
    raise LockedError(found.holder if found else holder)


def _user() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def _machine() -> str:
    """Return what identifies this machine's table of processes since its start.

    Each container on one machine has its own table.
    """
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    with contextlib.suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(parts)
