"""Durations, as servers written in Go read them."""

from __future__ import annotations

import re
from typing import Annotated

from common.types.base import Format

SECONDS = {"h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:([0-9]{1,4})h)?(?:([0-9]{1,4})m)?(?:([0-9]{1,4})s)?")


def seconds_of(duration: str) -> int:
    """Return the seconds of a duration as Go writes it, for example "1h30m"."""
    match = _DURATION.fullmatch(duration)
    numbers = match.groups(default="0") if match else ()
    return sum(int(number) * unit for number, unit in zip(numbers, SECONDS.values(), strict=False))


def _duration(value: str) -> str:
    if not seconds_of(value):
        raise ValueError
    return value


Duration = Annotated[
    str, Format("a duration above 0 in hours, minutes and seconds", "24h", _duration)
]
