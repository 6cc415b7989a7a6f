"""Seconds after which a responding CNCF Distribution counts as stable.

It starts to answer first. Then it opens the port for metrics, and ends if it can't. It checks its
own health at intervals, and answers 503 while a check fails (Distribution's configuration
reference, "health").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

DEBUG_SECONDS = 2.0
DEFAULT_INTERVAL = 10.0
"""Seconds between two checks of the health."""
LONGEST_SECONDS = 60.0
"""A longer interval is not waited for."""

_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|ms|s|m|h)")


def settling_seconds(extra: Mapping[str, Any], *, has_metrics: bool) -> float:
    """Return how long a server must be observed.

    :param extra: the value of `server.extra`. Its values may be of any type.
    :param has_metrics: whether the server opens a port for metrics.
    """
    seconds = [DEBUG_SECONDS] if has_metrics else []
    seconds += [1 + _time_of(check) for check in _health_checks(extra.get("health") or {})]
    return min(LONGEST_SECONDS, max(seconds, default=0.0))


def _health_checks(health: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    driver = health.get("storagedriver") or {}
    if driver.get("enabled"):
        yield driver
    for kind in ("file", "http", "tcp"):
        yield from (check for check in health.get(kind) or [] if isinstance(check, Mapping))


def _time_of(check: Mapping[str, Any]) -> float:
    """Return the time until a check that fails takes effect."""
    threshold = check.get("threshold")
    times = threshold if isinstance(threshold, int) and threshold > 0 else 1
    parts = _DURATION.findall(str(check.get("interval", "")))
    interval = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return (interval or DEFAULT_INTERVAL) * times
