"""The sync at the end of an update: Palette reads the registry, which proves endpoint, certificate and credentials from where it counts.

It runs at every update, changed or not, as the registry's own verification does: so one that failed is tried again by the next update.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

from common.errors import UserError
from palette.palette import Palette, SyncStatus

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
STALE_SECONDS = 10.0
"""How long the end of an earlier sync may still be shown for this one."""


class Phase(StrEnum):
    """What Palette's word for a status means."""

    DONE = "done"
    FAILED = "failed"
    UNDER_WAY = "under way"


_PHASES = {
    "success": Phase.DONE,
    "completed": Phase.DONE,
    "failed": Phase.FAILED,
    "error": Phase.FAILED,
}


def phase(status: SyncStatus) -> Phase:
    """What a status means; it may be any text, and one that nobody knows is no end."""
    return (
        Phase.DONE
        if not status.supported
        else _PHASES.get(status.status.strip().lower(), Phase.UNDER_WAY)
    )


class SyncError(UserError):
    """Palette did not read the registry."""


def sync(
    palette: Palette,
    uid: str,
    name: str,
    seconds: float,
    tell: Callable[[str], None],
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Have Palette read a registry, and wait for the end.

    :param seconds: how long it may take.
    :param tell: shows what the status is, each time that it changes.
    :raises SyncError: where it fails or takes longer.
    :raises palette.palette_error.PaletteError: where Palette can't be asked.
    """
    before = palette.sync_status(uid, name)
    if not before.supported:
        tell(f"Palette does not sync {name}")
        return
    palette.start_sync(uid, name)
    began = clock()
    shown, rest = "", SHORTEST_PAUSE
    while True:
        status, taken = palette.sync_status(uid, name), clock() - began
        now = phase(status)
        is_of_this_one = status != before or taken >= STALE_SECONDS
        if now is Phase.DONE and is_of_this_one:
            tell(f"Palette has synced {name}")
            return
        if now is Phase.FAILED and is_of_this_one:
            raise SyncError(_failed(name, status))
        if now is Phase.UNDER_WAY:
            before = SyncStatus(
                "", "", "", "", supported=True
            )  # whatever end comes now, it is this one's
        if taken >= seconds:
            raise SyncError(
                f"Palette did not finish the sync of {name} within {seconds / 60:g} min (its status is {status.status or 'not set'}); it goes on "
                "there. Run the update again to wait for it, or raise syncTimeoutMinutes."
            )
        if status.status != shown:
            shown = status.status
            tell(f"Palette syncs {name}: {shown or 'pending'}")
        pause(min(rest, max(seconds - taken, 0.01)))
        rest = min(rest * 1.5, LONGEST_PAUSE)


def _failed(name: str, status: SyncStatus) -> str:
    why = f', "{" ".join(status.message.split())}"' if status.message.strip() else ""
    return (
        f"Palette registered {name} and could not sync it (status {status.status}{why}); see that Palette reaches the registry's endpoint, "
        "bring both stacks up to date, and run the update again, which syncs again."
    )
