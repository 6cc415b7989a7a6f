"""The lock for maintenance, with messages for the user."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from cli import interrupts
from cli.condition import Line, State
from cli.console import CommandError, info, make_command
from components.maintenance.lock import Holder, Lock, LockedError, LockStore, acquire
from components.maintenance.operation import Operation

LONGEST_HOURS = 24.0
"""Time after which a lock is probably not in use, although its holder can't be checked."""

LOCK_FAILED = "The lock for maintenance of stack {} could not be removed"

_TARGETS = {
    Operation.UNKNOWN: "unlock",
    Operation.BACKUP: "backup",
    Operation.RESTORE: "restore",
    Operation.DRILL: "drill",
    Operation.GARBAGE_COLLECTION: "gc",
    Operation.RECOVERY: "up",
}


def maintenance_target(operation: Operation) -> str:
    """Return the Makefile target of an operation."""
    return _TARGETS[operation]


@contextlib.contextmanager
def hold_lock(store: LockStore, operation: Operation, stack: str) -> Iterator[None]:
    """Hold the lock of a stack's registry until the block ends, also if a signal ends it.

    :raises CommandError: if another process holds it.
    """
    with interrupts.raised_by_all_signals():
        try:
            lock = acquire(store, operation)
        except LockedError as error:
            raise CommandError(_held(error.holder, stack)) from None
        try:
            yield
        finally:
            store.remove(lock.identifier)


def ensure_unlocked(found: Lock | None, stack: str) -> None:
    """Check that no operation is under way.

    :raises CommandError: if one may be.
    """
    if found and not found.holder.has_ended():
        raise CommandError(_held(found.holder, stack))


def _held(holder: Holder, stack: str) -> str:
    return (
        f"The lock of stack {stack} is held: {holder}. No changes were made. Wait until it ends. "
        f"If you are certain that it has ended, run `{make_command('unlock', stack)}`."
    )


def lock_line(
    found: Lock | None, stack: str, is_read_only: Callable[[], bool] = lambda: False
) -> Line:
    """Report who holds the lock, and whether that process may have ended.

    :param is_read_only: whether the registry is read-only although no operation holds the lock.
    """
    if found is None:
        if is_read_only():
            value = "an interrupted operation has left the registry read-only"
            return Line("lock", State.ERROR, value, f"Run `{make_command('up', stack)}`.")
        return Line("lock", State.OK, "not held", figures={"holder": ""})
    holder, hours = found.holder, _hours_since(found.holder.since)
    unlock = make_command("unlock", stack)
    figures = {"holder": str(holder), "hours": hours}
    if holder.has_ended():
        value = f"left by {holder}, which has ended"
        return Line("lock", State.ERROR, value, f"Run `{unlock}`.", figures)
    value = f"held by {holder}"
    if hours is not None and hours <= LONGEST_HOURS:
        return Line("lock", State.OK, value, figures=figures)
    fix = f"If you are certain that it has ended, run `{unlock}`."
    return Line("lock", State.WARNING, value, fix, figures)


def _hours_since(time: str) -> float | None:
    try:
        return round((datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds() / 3600, 1)
    except (ValueError, TypeError):
        return None


def break_lock(store: LockStore, stack: str) -> None:
    """Remove the lock of a stack's registry.

    :raises CommandError: if its holder still runs on this machine.
    """
    found = store.find()
    if found is None:
        info(f"Stack {stack} has no lock.")
        return
    if found.holder.is_on_this_machine and not found.holder.has_ended():
        raise CommandError(
            f"The lock of stack {stack} is held: {found.holder}. The process runs on this machine. "
            "Wait until it ends, or stop it with Ctrl-C."
        )
    store.remove(found.identifier)
    info(f"Removed the lock of stack {stack}: {found.holder}.")
