"""Sizes of a registry's packs at earlier times, in `.state/status/STACK.json`. No secret is there.

The record of backups is in the same directory (``backup/record.py``). The size of the last backup
counts too, if no earlier size is recorded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from backup.record import read_last
from common.atomic_file import write_atomically

DAY = 86400.0
RATE_SECONDS = 3600.0
"""Time between two samples for which a rate means something."""
APART_SECONDS = DAY / 4
"""Time between two samples that are kept, except the newest one."""
KEPT_SECONDS = 30 * DAY


@dataclass(frozen=True)
class Sample:
    """The size at one time."""

    time: float
    """Seconds since 1970."""
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Growth:
    """The difference to an earlier time."""

    since: float
    size: int
    """Bytes since then; less than zero if the packs take less."""
    per_day: float | None
    """Bytes per day, over at most 30 days; None if the samples are too close to each other."""


def growth(samples: Sequence[Sample], now: Sample) -> Growth | None:
    """Return the growth until now; None without an earlier sample."""
    earlier = [each for each in samples if each.time < now.time]
    if not earlier:
        return None
    first, last = earlier[0], earlier[-1]
    seconds = now.time - first.time
    per_day = (now.size - first.size) / seconds * DAY if seconds >= RATE_SECONDS else None
    return Growth(last.time, now.size - last.size, per_day)


def read_samples(state: Path, stack: str) -> list[Sample]:
    """Return the earlier samples, the oldest first; the last backup if there are none.

    :param state: the directory `.state`.
    """
    try:
        found = json.loads(_file(state, stack).read_text(encoding="utf-8"))
        samples = [Sample(float(each["time"]), int(each["size"])) for each in found["sizes"]]
    except (OSError, ValueError, KeyError, TypeError):
        samples = []
    if samples:
        return sorted(samples, key=lambda each: each.time)
    backup = read_last(state, stack).backup
    return [Sample(backup.created.timestamp(), backup.size)] if backup else []


def record_sample(state: Path, stack: str, samples: Sequence[Sample], now: Sample) -> None:
    """Add a sample.

    :raises OSError: if it can't be written.
    """
    if state.is_symlink():  # state must not be in a directory that others may control
        raise OSError(f"{state.name} is a symbolic link")
    kept: list[Sample] = []
    for each in samples:
        if kept and each.time - kept[-1].time < APART_SECONDS:
            continue
        if now.time - KEPT_SECONDS <= each.time < now.time:
            kept.append(each)
    content = {"sizes": [asdict(each) for each in (*kept, now)]}
    write_atomically(_file(state, stack), json.dumps(content) + "\n")


def _file(state: Path, stack: str) -> Path:
    return state / "status" / f"{stack}.json"
