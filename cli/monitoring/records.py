"""Times of the last backup and restore drill of a stack."""

from __future__ import annotations

import contextlib
import datetime
import json
from typing import Any

from cli.paths import STATE


def last_time(stack: str, event: str) -> float | None:
    """Return the time in seconds since 1970; None if there was none, or on another machine.

    :param event: `backup` or `drill`.
    """
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        text = (STATE / "backups" / f"{stack}.json").read_text(encoding="utf-8")
        record: dict[str, Any] = json.loads(text)
        return datetime.datetime.fromisoformat(record[event]["time"]).timestamp()
    return None
