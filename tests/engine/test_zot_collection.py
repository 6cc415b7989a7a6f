"""Garbage collection and retention of zot, next to pushes."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from common.wait import wait_until
from tests.engine.conftest import Factory
from tests.support.collections import size_of
from tests.support.flavors import ZOT
from tests.support.packs import push_versions, versions_of, whole
from tests.support.registry import Client
from tests.support.zot import log_lines, require_zot, zot_image

PATIENCE = 400
"""Seconds. zot starts the collection of a repository at a random time within 30 seconds."""
PUSHING = 60
"""Seconds of pushes next to the collection."""
COLLECTION = {"delay": "40s", "interval": "5s"}
OLD, ORPHANED, BUSY, OTHER = "packs/old", "packs/orphaned", "packs/busy", "charts/other"
"""Retention is set for the first and the third."""
MEBIBYTE = 2**20


@pytest.fixture(autouse=True)
def _zot() -> None:
    require_zot()


def retention(keep: int, **more: Any) -> dict[str, Any]:
    return {"keepVersions": keep, "repositories": [OLD, BUSY], "delay": "1s", **more}


def test_collection_next_to_pushes(new_registry: Factory, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    registry = new_registry(
        **ZOT,
        image=zot_image(),
        storage={"kind": "path", "path": str(packs)},
        zot={"garbageCollection": COLLECTION, "retention": retention(3, dryRun=True)},
    )
    admin = Client.of(registry.up(), "admin")
    old = [f"1.0.{index}" for index in range(8)]
    push_versions(admin, OLD, *old, size=MEBIBYTE)
    push_versions(admin, OTHER, *old)
    for index in range(4):
        admin.push_blob(ORPHANED, bytes([index]) * MEBIBYTE)

    expect_dry_run(registry.stack_name, admin, old)
    before = size_of(packs / "zot" / OLD)
    assert before > 8 * MEBIBYTE, "a dry run removes nothing"

    registry.write(zot={"garbageCollection": COLLECTION, "retention": retention(3)})
    registry.up()
    with pushes(admin) as pushed:
        end = time.monotonic() + PUSHING
        assert wait_until(
            lambda: (
                versions_of(admin, OLD) == set(old[-3:])
                and size_of(packs / "zot" / OLD) < 4 * MEBIBYTE
                and size_of(packs / "zot" / ORPHANED) < MEBIBYTE
                and time.monotonic() > end
            ),
            PATIENCE,
            1,
        ), (versions_of(admin, OLD), size_of(packs / "zot" / OLD))
    assert len(pushed) > 20
    newest = set(pushed[-3:])
    assert wait_until(lambda: versions_of(admin, BUSY) == newest, PATIENCE, 1), (
        versions_of(admin, BUSY),
        newest,
    )
    assert versions_of(admin, OTHER) == set(old), "retention is limited to other repositories"
    for repository in (OLD, BUSY, OTHER):
        for version in versions_of(admin, repository):
            whole(admin, repository, version)


def test_recent_versions_are_kept(new_registry: Factory) -> None:
    def settings(delay: str) -> dict[str, Any]:
        return {"garbageCollection": COLLECTION, "retention": retention(1, delay=delay)}

    registry = new_registry(**ZOT, image=zot_image(), zot=settings("1h"))
    admin = Client.of(registry.up(), "admin")
    versions = ["1.0.0", "1.0.1", "1.0.2"]
    push_versions(admin, OLD, *versions)

    def kept() -> set[str]:
        return {
            line["tag"]
            for line in log_lines(registry.stack_name)
            if line.get("decision") == "keep" and "pushedWithin" in line.get("reason", "")
        }

    assert wait_until(lambda: set(versions[:2]) <= kept(), PATIENCE, 1), kept()
    assert versions_of(admin, OLD) == set(versions)

    registry.write(zot=settings("1s"))
    registry.up()
    assert wait_until(lambda: versions_of(admin, OLD) == {"1.0.2"}, PATIENCE, 1)


def expect_dry_run(container: str, admin: Client, versions: list[str]) -> None:
    """Check that a dry run logs the versions that would be removed, and removes none."""

    def logged() -> set[str]:
        return {
            line["tag"]
            for line in log_lines(container)
            if line.get("dry-run") is True and line.get("decision") == "delete" and "tag" in line
        }

    assert wait_until(lambda: set(versions[:-3]) <= logged(), PATIENCE, 1), logged()
    assert not set(versions[-3:]) & logged()
    for version in versions:
        whole(admin, OLD, version)


@contextlib.contextmanager
def pushes(client: Client) -> Iterator[list[str]]:
    """Push new versions of a pack until the block ends, and read each one. Yields the versions."""
    pushed: list[str] = []
    failures: list[BaseException] = []
    ended = threading.Event()

    def push() -> None:
        try:
            while not ended.is_set():
                version = f"2.0.{len(pushed)}"
                push_versions(client, BUSY, version, size=50_000)
                whole(client, BUSY, version)
                pushed.append(version)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=push)
    thread.start()
    try:
        yield pushed
    finally:
        ended.set()
        thread.join()
    assert failures == []
