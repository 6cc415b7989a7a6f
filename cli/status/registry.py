"""One registry, as the checks see it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from cli.condition import Inspection, UnknownError
from cli.console import make_command
from cli.pulumi.binary import Pulumi
from cli.pulumi.record import Record
from components.settings import ADMIN, Settings
from components.verification.diagnosis import suggest_fix
from components.verification.probe import Failure, Probe
from components.verification.reading import PackReader


@dataclass(frozen=True)
class Registry:
    """A registry with a record. Several checks use it at the same time."""

    stack: str
    settings: Settings
    record: Record
    pulumi: Pulumi
    inspection: Inspection
    now: float
    """Time of this machine: seconds since 1970."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _opened: list[Probe | Exception] = field(default_factory=list)
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def probe(self) -> Probe:
        """Requests to the server itself. The first check that needs it opens the connection.

        :raises UnknownError: if the server can't be reached.
        """
        with self._lock:
            if not self._opened:
                try:
                    connection = self.inspection.connection()
                    self._opened.append(self._stack.enter_context(connection))
                except Exception as error:  # every check reports it
                    self._opened.append(error)
        opened = self._opened[0]
        if isinstance(opened, Exception):
            raise opened
        return opened

    @contextlib.contextmanager
    def closing(self) -> Iterator[None]:
        """Close the connection at the end of the block."""
        with self._stack:
            yield

    def reader(self) -> PackReader:
        """Return requests as admin, or as another user whose password is known.

        :raises UnknownError: if no password is known.
        """
        passwords = self.record.passwords
        user = ADMIN if ADMIN in passwords else next(iter(passwords), "")
        if not user:
            raise UnknownError(
                "the passwords of all users are unknown, because the settings have their hashes"
            )
        return PackReader(self.probe, user, passwords[user])

    def make(self, target: str) -> str:
        """Return the command of a target for this stack."""
        return make_command(target, self.stack)

    def fix(self, failures: list[Failure]) -> str:
        """Return what is to do about requests that failed, by their most likely cause."""
        try:
            log = self.inspection.log()
        except Exception:  # the log is only a help
            log = []
        api, location = self.probe.api, self.inspection.location
        suggested = suggest_fix(failures, log, api, location)
        return f"{suggested} To verify the registry, run `{self.make('up')}`."
