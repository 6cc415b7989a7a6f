"""When a stack was last backed up and drilled.

The record is next to the backup (``target.py``), and in `.state/backups/STACK.json`. It contains no
secret. `make monitoring` reads it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from common.atomic_file import write_atomically


@dataclass(frozen=True)
class Event:
    """A backup or a drill that succeeded."""

    time: datetime
    """Its end."""
    backup: str
    """Name of the backup."""
    place: str
    """FILE, without credentials."""
    seconds: float
    """How long it took."""
    versions: int
    """Versions of packs in the backup."""
    size: int
    """Bytes of the packs."""
    created: datetime
    """When the backup was made."""
    broken: int = 0
    """Versions that the registry could not serve."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, with times in ISO 8601."""
        return {**asdict(self), "time": _text(self.time), "created": _text(self.created)}

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> Event:
        """Read what ``to_dict`` returned.

        :raises KeyError, TypeError, ValueError: if it is something else.
        """
        times = {name: datetime.fromisoformat(found[name]) for name in ("time", "created")}
        return cls(**{**found, **times})


@dataclass(frozen=True)
class Last:
    """The last backup and the last drill of a stack; None if there was none."""

    backup: Event | None = None
    drill: Event | None = None

    def to_text(self) -> str:
        """Return the record as JSON."""
        found = {
            name: event.to_dict() if event else None
            for name, event in (("backup", self.backup), ("drill", self.drill))
        }
        return json.dumps(found, indent=2) + "\n"


def read_last(state: Path, stack: str) -> Last:
    """Return the last backup and drill of a stack.

    :param state: the directory `.state`.
    :returns: an empty record if there is none, or if it can't be read.
    """
    try:
        return parse_last(_file(state, stack).read_text(encoding="utf-8"))
    except OSError:
        return Last()


def parse_last(text: str) -> Last:
    """Read what ``Last.to_text`` returned; an empty record if it is something else."""
    try:
        found = json.loads(text)
        return Last(
            **{
                name: Event.from_dict(found[name]) if found[name] else None
                for name in ("backup", "drill")
            }
        )
    except (KeyError, TypeError, ValueError):
        return Last()


def write_last(state: Path, stack: str, last: Last) -> None:
    """Replace the record of a stack, complete or not at all.

    :raises OSError: if it can't be written.
    """
    write_atomically(_file(state, stack), last.to_text())


def _file(state: Path, stack: str) -> Path:
    return state / "backups" / f"{stack}.json"


def _text(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
