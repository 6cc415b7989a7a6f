"""Garbage collection, backup, restore, drill and status of registries on a cluster."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backup import s3
from common.wait import wait_until
from tests.engine.conftest import started
from tests.support.collections import READ_ONLY, Reads, delete_version, pushes, reads
from tests.support.docker import docker_is_missing, skip_or_fail, unique_name
from tests.support.kubernetes_cluster import BUCKET_URL
from tests.support.kubernetes_stacks import (
    ClusterStack,
    new_bucket_storage,
    settings_on_cluster,
    volume_for,
)
from tests.support.packs import whole
from tests.support.project import copy_project
from tests.support.registry import Client
from tests.support.status import status

MEBIBYTE = 2**20
OLD, KEPT, BUSY = "packs/old", "packs/kept", "packs/busy"
SECONDS = 120
SWAPS = 2
"""Replacements of the pod in one collection."""
WELL = ("server", "restarts", "lock", "push", "pull")
Outputs = dict[str, Any]
Factory = Callable[..., ClusterStack]
_log = logging.getLogger(__name__)


@pytest.fixture
def stacks(engine: None, tmp_path: Path) -> Iterator[Factory]:
    """Stacks of one copied project. Their namespaces are removed at the end."""
    project, created = tmp_path / "project", list[ClusterStack]()
    project.mkdir()
    copy_project(project)

    def create(replicas: int = 1, **settings: Any) -> ClusterStack:
        stack = ClusterStack(project, unique_name("test"))
        created.append(stack)
        values = {**settings_on_cluster(stack.stack, replicas), **settings}
        (project / f"Pulumi.{stack.stack}.yaml").write_text(json.dumps({"config": {}}))
        stack.configure(**values)
        return stack

    yield create
    for stack in created:
        stack.remove()


@pytest.fixture
def storage(engine: None) -> dict[str, Any]:
    """Storage settings with an unused prefix of the test bucket."""
    missing = None if BUCKET_URL else "TEST_KUBERNETES_S3 names no bucket that the pods reach"
    skip_or_fail(missing, "REQUIRE_KUBERNETES")
    return new_bucket_storage()


def with_garbage(client: Client) -> bytes:
    """Push a version and delete it. Returns its content."""
    content = os.urandom(2 * MEBIBYTE)
    client.push(OLD, content, "1.0.0")
    delete_version(client, OLD, "1.0.0")
    return content


def stored_bytes(storage: dict[str, Any]) -> int:
    """Return the size of all objects of a registry."""
    found = storage["s3"]
    connection = s3.client(
        region=found["region"],
        endpoint=found["endpoint"],
        path_style=True,
        access_key=found["accessKey"],
        secret_key=found["secretKey"],
    )
    pages = connection.get_paginator("list_objects_v2").paginate(
        Bucket=found["bucket"], Prefix=found["prefix"]
    )
    return sum(each["Size"] for page in pages for each in page.get("Contents", ()))


def expect_well(stack: ClusterStack) -> dict[str, dict[str, Any]]:
    """Check that `make status` finds a registry that serves, and return its checks."""
    checks = inspect(stack)
    states = {name: checks[name]["state"] for name in WELL}
    assert set(states.values()) == {"OK"}, [checks[name] for name in WELL]
    return checks


def inspect(stack: ClusterStack) -> dict[str, dict[str, Any]]:
    """Return the checks of `make status`. Proxies do not reach the cluster."""
    return status(stack.directory, stack.stack, NO_PROXY="*", no_proxy="*").checks(stack.stack)


def collect_next_to_clients(stack: ClusterStack, outputs: Outputs) -> Reads:
    """Collect garbage next to reads and pushes. Check that it is gone, and no version is."""
    admin, kept = stack.client(outputs), os.urandom(200_000)
    digest, removed = admin.push(KEPT, kept), with_garbage(admin)
    assert "can be removed" in stack.run("gc")
    blob = f"{admin.api}/{OLD}/blobs/sha256:{hashlib.sha256(removed).hexdigest()}"
    assert admin.status(blob, "HEAD") in (200, 307), "a dry run removes nothing"
    reader = stack.client(outputs, "spectro")
    with reads(reader, KEPT, digest, kept) as read, pushes(admin, BUSY) as accepted:
        began = time.monotonic()
        shown = stack.run("gc", "--apply")
        seconds, so_far = time.monotonic() - began, len(accepted)
        assert wait_until(lambda: len(accepted) > so_far, SECONDS, 0.1), "pushes are accepted again"
    _log.info("collection in %.0f s: %s, %d pushes", seconds, read, len(accepted))
    assert "The registry is verified and accepts pushes." in shown
    for version, content in accepted.items():
        assert content in whole(admin, BUSY, version).values()
    assert admin.status(blob, "HEAD") == 404
    pushed = admin.push(OLD, removed, "1.0.0")
    assert whole(admin, OLD, "1.0.0")[pushed] == removed, "a layer is pushed again"
    return read


def test_collection_in_bucket(stacks: Factory, storage: dict[str, Any]) -> None:
    stack = stacks(replicas=2, storage=storage)
    outputs = stack.up()
    with_garbage(stack.client(outputs))
    before = stored_bytes(storage)
    stack.run("gc", "--apply")
    assert stored_bytes(storage) <= before - 2 * MEBIBYTE
    read = collect_next_to_clients(stack, outputs)
    assert read.failed == 0, read
    expect_well(stack)
    pods = stack.pods()
    stack.up()
    assert stack.pods() == pods, "the next update changes nothing"


def test_collection_in_volume(stacks: Factory) -> None:
    """The only pod is replaced twice, so reads fail meanwhile, and succeed afterwards."""
    stack = stacks(storage={"kind": "volume"})
    with volume_for(stack):
        outputs = stack.up()
        read = collect_next_to_clients(stack, outputs)
        assert len(read.gaps) <= SWAPS, read
        expect_well(stack)


def test_killed_collection(stacks: Factory, storage: dict[str, Any]) -> None:
    stack = stacks(replicas=2, storage=storage)
    outputs = stack.up()
    admin = stack.client(outputs)
    with_garbage(admin)
    collection = started(stack.directory, stack.stack, "gc", "--apply")

    def rejects_pushes() -> bool:
        return admin.status(f"{admin.api}/{KEPT}/blobs/uploads/", "POST") == READ_ONLY

    assert wait_until(rejects_pushes, SECONDS, 0.1), collection.poll()
    collection.kill()
    collection.communicate()
    checks = inspect(stack)
    assert checks["lock"]["state"] == "error"
    assert "unlock" in checks["lock"]["fix"]
    stack.run("unlock")
    admin.push(KEPT, b"a pack")
    expect_well(stack)


def test_crash_loop(stacks: Factory, storage: dict[str, Any]) -> None:
    stack = stacks(replicas=2, storage=storage)
    outputs = stack.up()
    stack.patch_server(args=["serve", "/absent.yml"])

    def crashes() -> bool:
        return any("CrashLoopBackOff" in pod.problem for pod in stack.pods())

    assert wait_until(crashes, SECONDS, 0.5), stack.pods()
    checks = inspect(stack)
    assert checks["server"]["state"] == "warning", "the old pods serve"
    assert "CrashLoopBackOff" in checks["server"]["value"]
    assert "kubectl logs" in checks["restarts"]["fix"]
    assert checks["push"]["state"] == "OK"
    assert stack.up() == outputs
    expect_well(stack)


def test_restore_in_cluster(stacks: Factory, storage: dict[str, Any], tmp_path: Path) -> None:
    """A backup next to pushes, whose versions are equal in another namespace and bucket prefix."""
    skip_or_fail(docker_is_missing(), "REQUIRE_KUBERNETES")
    stack, place = stacks(replicas=2, storage=storage), str(tmp_path / "backups")
    outputs = stack.up()
    admin = stack.client(outputs)
    for number in range(5):
        admin.push(f"packs/pack-{number}", os.urandom(100_000))
    expected = stack.digests(outputs)
    with pushes(admin, BUSY):
        stack.run("backup", "--place", place)
    assert "pulled as spectro" in stack.run("drill", "--place", place)
    other = stacks(replicas=2, storage=new_bucket_storage())
    other.run("up", "--no-policy")
    other.run("restore", "--place", place, "--origin", stack.stack)
    found = other.digests(other.up())
    assert expected.items() <= found.items()
    assert {repository for repository, _ in found.keys() - expected.keys()} <= {BUSY}
    checks = expect_well(stack)
    assert (checks["backup"]["state"], checks["drill"]["state"]) == ("OK", "OK")
