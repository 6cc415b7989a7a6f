"""The lock for maintenance on a Docker host: one command holds it, and a killed one leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from components.docker.engine import DockerEngine
from components.docker.maintenance_lock import DockerLockStore
from components.maintenance.lock import Lock, LockedError, acquire
from components.maintenance.operation import Operation
from tests.components.maintenance.test_lock import ended_holder
from tests.support.docker import inspect, unique_name
from tests.support.fakes import OWNER

COMMANDS = 8


@pytest.fixture
def name() -> Iterator[str]:
    name = unique_name("test")
    yield name
    DockerEngine().remove_container(f"{name}-maintenance")


def store(name: str) -> DockerLockStore:
    engine = DockerEngine()
    return DockerLockStore(engine, name, OWNER)


def test_one_of_many_commands_holds_lock(name: str) -> None:
    def attempt(_: int) -> Lock | None:
        try:
            return acquire(store(name), Operation.BACKUP)
        except LockedError:
            return None

    with ThreadPoolExecutor(COMMANDS) as pool:
        held = [lock for lock in pool.map(attempt, range(COMMANDS)) if lock]
    assert len(held) == 1
    assert inspect(f"{name}-maintenance")["State"]["Status"] == "created"
    store(name).remove(held[0].identifier)
    assert acquire(store(name), Operation.RESTORE).identifier != held[0].identifier


def test_lock_of_killed_command_is_replaced_once(name: str) -> None:
    assert store(name).create(ended_holder())

    def attempt(_: int) -> Lock | None:
        try:
            return acquire(store(name), Operation.BACKUP)
        except LockedError:
            return None

    with ThreadPoolExecutor(COMMANDS) as pool:
        held = [lock for lock in pool.map(attempt, range(COMMANDS)) if lock]
    assert len(held) == 1
    found = store(name).find()
    assert found
    assert found == held[0]
