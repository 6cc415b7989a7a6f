"""Waiting for a condition."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(is_true: Callable[[], bool], timeout: float, interval: float = 0.1) -> bool:
    """Check a condition repeatedly until it is true or the time is over.

    :param timeout: seconds; the condition is checked at least once.
    :param interval: seconds between two checks.
    :returns: whether the condition became true.
    """
    end = time.monotonic() + timeout
    while not is_true():
        if time.monotonic() >= end:
            return False
        time.sleep(interval)
    return True
