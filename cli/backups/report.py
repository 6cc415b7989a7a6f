"""Errors and results of the commands for backups."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from backup.create import version_count
from backup.errors import BackupError
from backup.manifest import Manifest, now
from backup.record import Event, Last, parse_last, read_last, write_last
from cli.console import CommandError, info
from cli.paths import STATE
from common.errors import UserError

if TYPE_CHECKING:
    from backup.target import Target


@contextlib.contextmanager
def backup_errors(suffix: str = "") -> Iterator[None]:
    """Report errors of backups.

    :param suffix: a sentence that follows the error.
    :raises CommandError: if there is one.
    """
    try:
        yield
    except BackupError as error:
        raise CommandError(f"{error} {suffix}".strip()) from None
    except UserError as error:
        raise CommandError(str(error)) from None


def event_of(manifest: Manifest, place: str, seconds: float) -> Event:
    """Return a backup or a drill that has just ended."""
    return Event(
        time=now(),
        backup=manifest.identifier,
        place=place,
        seconds=round(seconds, 1),
        versions=version_count(manifest),
        size=sum(manifest.blobs.values()),
        created=manifest.created,
        broken=len(manifest.broken),
    )


def record_backup(target: Target, stack: str, event: Event) -> None:
    """Record a backup next to it and in `.state`."""
    _record(target, stack, lambda last: Last(event, last.drill))


def record_drill(target: Target, stack: str, event: Event) -> None:
    """Record a drill next to the backup and in `.state`."""
    _record(target, stack, lambda last: Last(last.backup, event))


def _record(target: Target, stack: str, change: Callable[[Last], Last]) -> None:
    target.record(stack, change(parse_last(target.recorded(stack))).to_text())
    if STATE.is_symlink():
        return
    try:
        write_last(STATE, stack, change(read_last(STATE, stack)))
    except OSError as error:
        info(
            f"warning: {STATE.name} can't be written ({error.strerror}): `make monitoring` "
            "does not know this time."
        )


def listed(names: tuple[str, ...]) -> str:
    """Name a few things, and the number of the others."""
    shown = ", ".join(names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
