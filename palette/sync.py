"""The sync at the end of an update: Palette reads the packs of the registry.

It verifies endpoint, certificate and credentials from Palette's side. It runs at every update, also
without changes, so the next update retries a failed sync.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from common.errors import UserError
from palette.client.errors import PaletteError
from palette.client.http import PaletteClient, SyncStatus

MIN_PAUSE, MAX_PAUSE = 0.5, 5.0
"""Seconds between two requests for the status."""
STALE_SECONDS = 10.0
"""How long Palette may still report the result of an earlier sync."""


class Phase(StrEnum):
    """Meaning of a sync status."""

    DONE = "done"
    FAILED = "failed"
    IN_PROGRESS = "in progress"


_PHASES = {
    "success": Phase.DONE,
    "completed": Phase.DONE,
    "failed": Phase.FAILED,
    "error": Phase.FAILED,
}


def phase(status: SyncStatus) -> Phase:
    """Return the meaning of a status. An unknown status means that the sync is in progress."""
    if not status.supported:
        return Phase.DONE
    return _PHASES.get(status.status.strip().lower(), Phase.IN_PROGRESS)


@dataclass(frozen=True)
class SyncResult:
    """Result of a successful sync."""

    status: str
    """Palette's word for it."""
    message: str
    """Palette's message. It may name packs that Palette could not read."""
    packs: int | None
    """Number of packs of the registry in Palette, or None if it is unknown."""


class SyncError(UserError):
    """The sync failed, or did not finish in time."""

    def __init__(self, text: str, status: SyncStatus) -> None:
        """Keep the last status."""
        super().__init__(text)
        self.status = status


class FailedSyncError(SyncError):
    """Palette could not read the registry."""


def sync(
    client: PaletteClient,
    uid: str,
    name: str,
    timeout: float,
    report: Callable[[str], None],
    *,
    force: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> SyncResult:
    """Start a sync and wait for its result.

    :param timeout: seconds.
    :param force: request a forced sync.
    :param report: shows the status to the user. It is called for each change.
    :returns: the result.
    :raises FailedSyncError: if the sync fails.
    :raises SyncError: if the sync does not finish in time.
    :raises PaletteError: if a request to Palette fails.
    """
    before = client.sync_status(uid, name)
    if not before.supported:
        report(f"Palette does not sync {name}")
        return SyncResult("unsupported", "", None)
    client.start_sync(uid, name, force=force)
    start = clock()
    reported, pause = "", MIN_PAUSE
    may_be_stale = True
    while True:
        status, elapsed = client.sync_status(uid, name), clock() - start
        current = phase(status)
        may_be_stale = (
            may_be_stale
            and current is not Phase.IN_PROGRESS
            and status == before
            and elapsed < STALE_SECONDS
        )
        if current is Phase.DONE and not may_be_stale:
            packs = _count_packs(client, uid, name, report)
            found = "" if packs is None else f" and found {packs} packs"
            report(f"Palette has synced {name}{found}")
            return SyncResult(status.status, status.message, packs)
        if current is Phase.FAILED and not may_be_stale:
            raise FailedSyncError(_failure(name, status), status)
        if elapsed >= timeout:
            raise SyncError(
                f"Palette did not finish the sync of {name} within {timeout / 60:g} min (status "
                f"{status.status or 'not set'}). The sync continues in Palette. Run the update "
                "again to wait for it, or increase syncTimeoutMinutes.",
                status,
            )
        if status.status != reported:
            reported = status.status
            report(f"Palette syncs {name}: {reported or 'pending'}")
        sleep(min(pause, max(timeout - elapsed, 0.01)))
        pause = min(pause * 1.5, MAX_PAUSE)


def reason(status: SyncStatus) -> str:
    """Describe a failed sync in Palette's words."""
    message = " ".join(status.message.split())
    return f"status {status.status}" + (f', "{message}"' if message else "")


def _failure(name: str, status: SyncStatus) -> str:
    return (
        f"Palette registered {name}, but the sync failed ({reason(status)}). Check "
        "that Palette can reach the registry's endpoint. Update the registry's stack, and run this "
        "update again to repeat the sync."
    )


def _count_packs(
    client: PaletteClient, uid: str, name: str, report: Callable[[str], None]
) -> int | None:
    """Count the packs. The sync was successful, so an error is only reported."""
    try:
        return client.count_packs(uid, name)
    except PaletteError as error:
        report(str(error))
        return None
