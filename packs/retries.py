"""Repeats what fails because a connection broke, or because a registry is busy or restarts."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from packs.failures import UnavailableError

ATTEMPTS = 6
FIRST_WAIT = 0.5
"""Seconds. Each wait is twice as long as the one before: the registry has 15 seconds to return."""
LONGEST_WAIT = 30.0
"""Seconds that a registry may ask for."""

Result = TypeVar("Result")


class Retries:
    """Repeats actions of several threads."""

    def __init__(self, attempts: int = ATTEMPTS, first_wait: float = FIRST_WAIT) -> None:
        """Start without a failure."""
        self._attempts, self._first_wait = attempts, first_wait
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Repeat nothing from now on, and end all waits."""
        self._stopped.set()

    @property
    def are_stopped(self) -> bool:
        """Whether nothing is repeated any more."""
        return self._stopped.is_set()

    def run(self, action: Callable[[], Result]) -> Result:
        """Run an action, which has the same effect if it is repeated.

        :raises UnavailableError: if it failed in every attempt.
        """
        for attempt in range(self._attempts):
            try:
                return action()
            except UnavailableError as error:
                is_last = attempt + 1 == self._attempts or error.retry_after > LONGEST_WAIT
                backoff = self._first_wait * 2**attempt * random.uniform(0.8, 1.2)  # noqa: S311
                if is_last or self._stopped.wait(max(backoff, error.retry_after)):
                    raise
        raise AssertionError
