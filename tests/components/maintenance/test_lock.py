"""The lock for maintenance: one holder, and locks that killed commands left."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from components.maintenance.lock import Holder, Lock, LockedError, acquire
from components.maintenance.operation import Operation


class Store:
    """A lock in memory."""

    def __init__(self, *held: Holder) -> None:
        self.locks = [Lock(str(index), holder) for index, holder in enumerate(held)]
        """The lock, and those that others create as soon as it is removed."""
        self.removed: list[str] = []

    def create(self, holder: Holder) -> str | None:
        if self.locks:
            return None
        self.locks.append(Lock("own", holder))
        return "own"

    def find(self) -> Lock | None:
        return self.locks[0] if self.locks else None

    def remove(self, identifier: str) -> None:
        self.removed.append(identifier)
        self.locks = [lock for lock in self.locks if lock.identifier != identifier]


def ended_holder() -> Holder:
    process = subprocess.Popen([sys.executable, "-c", ""])
    began = psutil.Process(process.pid).create_time()
    process.wait()
    return replace(Holder.current(Operation.BACKUP), process=process.pid, process_began=began)


def test_lock_is_acquired() -> None:
    store = Store()
    lock = acquire(store, Operation.BACKUP)
    assert lock.holder.process == os.getpid()
    assert lock.holder.operation is Operation.BACKUP
    assert "@" in lock.holder.user


def test_held_lock_names_its_holder() -> None:
    with pytest.raises(LockedError, match=r"^backup by .+@.+ since 20.+ \(process \d+\)$"):
        acquire(Store(Holder.current(Operation.BACKUP)), Operation.RESTORE)


def test_lock_of_ended_process_is_replaced() -> None:
    store = Store(ended_holder())
    assert acquire(store, Operation.RESTORE).identifier == "own"
    assert store.removed == ["0"]


def test_lock_that_another_command_replaces_first() -> None:
    running = Holder.current(Operation.GARBAGE_COLLECTION)
    with pytest.raises(LockedError, match=r"^garbage collection"):
        acquire(Store(ended_holder(), running), Operation.RESTORE)


def test_reused_process_id_has_ended() -> None:
    holder = Holder.current(Operation.BACKUP)
    assert not holder.has_ended()
    assert replace(holder, process_began=holder.process_began - 60).has_ended()


def test_process_of_other_machine_may_run() -> None:
    holder = replace(ended_holder(), machine="elsewhere")
    assert not holder.has_ended()
    assert not holder.is_on_this_machine


def test_holder_is_read_again() -> None:
    holder = Holder.current(Operation.BACKUP)
    assert Holder.parse(holder.to_text()) == holder


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"operation": "new"}', '{"operation": "backup"}']
)
def test_holder_of_other_version(text: str) -> None:
    holder = Holder.parse(text)
    assert not holder.has_ended()
    assert str(holder) == "operation by another version of this program"
