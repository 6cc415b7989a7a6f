"""`make gc`: blobs are removed next to reads and pushes, and no pack breaks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import urllib3

import cli.docker.collection as command
from cli.console import CommandError
from common.wait import wait_until
from components.docker import collector
from components.docker.engine import DockerEngine
from components.servers.distribution.collection import Collection
from tests.engine.conftest import Factory
from tests.support import live
from tests.support.collections import (
    READ_ONLY,
    AskingClient,
    answers,
    collect,
    delete_version,
    docker_registry,
    pushes,
    reads,
    size_of,
)
from tests.support.docker import container_names, docker_is_missing, inspect, skip_or_fail
from tests.support.engine import EngineRegistry, engine_is_missing
from tests.support.packs import push_versions, whole
from tests.support.registry import Client
from tests.support.s3 import Bucket, bucket

ROUNDS = 20
SWAPS = 2
"""Exchanges of the container in one collection."""
GAP_SECONDS = 3.0
"""Longest time without a successful read. On a machine without load, it is a fifth of a second."""
MEBIBYTE = 2**20
CACHED = {"extra": {"storage": {"delete": {"enabled": True}}}}
"""A setting that needs a configuration file. There, the server's cache is enabled."""
Outputs = dict[str, Any]
OLD, BUSY = "packs/old", "packs/busy"
BLOBS = ".spectro-server/docker/registry/v2/blobs"


@pytest.fixture(name="bucket")
def _bucket() -> Iterator[Bucket]:
    with bucket() as created:
        yield created


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EngineRegistry, Outputs]]:
    """A registry with a version that was deleted, and its outputs. Tests leave it as it is."""
    for reason, variable in (
        (docker_is_missing(), "REQUIRE_DOCKER"),
        (engine_is_missing(), "REQUIRE_ENGINE"),
    ):
        skip_or_fail(reason, variable)
    factory = live.Factory(tmp_path_factory.mktemp("shared"), EngineRegistry)
    registry = factory(server=CACHED)
    yield registry, registry.up()
    factory.remove()


def with_garbage(outputs: Outputs) -> Client:
    """Push a version and delete it. Returns a client."""
    admin = AskingClient.of(outputs, "admin")
    push_versions(admin, OLD, "1.0.0")
    delete_version(admin, OLD, "1.0.0")
    return admin


def with_path(new_registry: Factory, directory: Path) -> tuple[EngineRegistry, Path]:
    packs = directory / "packs"
    packs.mkdir()
    return new_registry(storage={"kind": "path", "path": str(packs)}, server=CACHED), packs


def test_collections_next_to_pushes(new_registry: Factory, tmp_path: Path) -> None:
    registry, packs = with_path(new_registry, tmp_path)
    outputs = registry.up()
    admin = AskingClient.of(outputs, "admin")
    kept = os.urandom(200_000)
    digest = admin.push("packs/kept", kept)
    again = os.urandom(2 * MEBIBYTE)
    with (
        reads(Client.of(outputs, "spectro"), "packs/kept", digest, kept) as read,
        pushes(admin, BUSY) as accepted,
    ):
        for number in range(ROUNDS):
            version = f"2.0.{number}"
            pushed = admin.push(OLD, again, version)
            assert admin.pull(OLD, pushed) == again, "the server knows the layer"
            delete_version(admin, OLD, version)
            # Next to the blobs, directories of uploads disappear at any time.
            (stored,) = packs.glob(f"{BLOBS}/*/*/{pushed.partition(':')[2]}/data")
            assert stored.stat().st_size == len(again)
            collect(docker_registry(registry, outputs))
            assert not stored.exists(), f"round {number} freed nothing"
            assert admin.push(OLD, again, version) == pushed
            assert whole(admin, OLD, version)[pushed] == again, f"round {number} broke a pack"
            delete_version(admin, OLD, version)
    assert len(accepted) > ROUNDS
    for version, content in accepted.items():
        assert content in whole(admin, BUSY, version).values()
    assert len(read.gaps) <= SWAPS * ROUNDS
    assert max(read.gaps) < GAP_SECONDS, read
    registry.expect_settled()
    assert container_names(registry.stack_name) == {
        registry.stack_name,
        *registry.writers,
        f"{registry.stack_name}-config-configuration-writer",
    }


def test_pushes_are_rejected_meanwhile(
    shared: tuple[EngineRegistry, Outputs], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, outputs = shared
    admin, reader = with_garbage(outputs), Client.of(outputs, "spectro")
    digest = admin.push("packs/kept", b"kept")
    server = inspect(registry.stack_name)["Id"]
    statuses: list[int] = []

    def collecting(engine: DockerEngine, found: collector.Server, *, dry_run: bool) -> Collection:
        if not dry_run:
            statuses.append(admin.status(f"/v1/{OLD}/blobs/uploads/", "POST"))
            assert reader.pull("packs/kept", digest) == b"kept"
        return collector.collect(engine, found, dry_run=dry_run)

    monkeypatch.setattr(command, "collect", collecting)
    collect(docker_registry(registry, outputs))
    assert statuses == [READ_ONLY]
    assert admin.push("packs/kept", b"kept") == digest
    assert inspect(registry.stack_name)["Id"] == server, "the container is the same"


def test_collection_by_hand_breaks_packs(shared: tuple[EngineRegistry, Outputs]) -> None:
    """Why the server does not keep running: it still knows the layer that was removed."""
    registry, outputs = shared
    admin, content = AskingClient.of(outputs, "admin"), os.urandom(MEBIBYTE)
    admin.pull(OLD, admin.push(OLD, content, "3.0.0"))
    delete_version(admin, OLD, "3.0.0")
    engine = DockerEngine()
    collector.collect(engine, docker_registry(registry, outputs).server, dry_run=False)
    admin.push(OLD, content, "3.0.0")
    with pytest.raises((AssertionError, urllib3.exceptions.HTTPError)):
        whole(admin, OLD, "3.0.0")
    engine.restart_container(registry.stack_name)
    assert wait_until(lambda: answers(admin), 20)
    admin.push(OLD, content, "3.0.0")
    assert content in whole(admin, OLD, "3.0.0").values()
    delete_version(admin, OLD, "3.0.0")


def test_dry_run_changes_nothing(
    new_registry: Factory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry, packs = with_path(new_registry, tmp_path)
    outputs = registry.up()
    gc = docker_registry(registry, outputs)
    collect(gc)
    assert "Nothing to remove. The registry has no packs." in capsys.readouterr().out
    admin = AskingClient.of(outputs, "admin")
    push_versions(admin, OLD, "1.0.0", "1.0.1", size=MEBIBYTE)
    delete_version(admin, OLD, "1.0.0")
    before, started = size_of(packs), inspect(registry.stack_name)["State"]["StartedAt"]
    collect(gc, apply=False)
    assert "2 blobs (1.0 MB) can be removed: no version refers to them. No version is lost: 1 " in (
        capsys.readouterr().out
    )
    assert size_of(packs) == before
    assert inspect(registry.stack_name)["State"]["StartedAt"] == started


def test_packs_in_bucket(new_registry: Factory, bucket: Bucket) -> None:
    registry = new_registry(storage=bucket.storage, server=CACHED)
    keys = {"accessKey": "AKIAQ5L8P2C7D1E9F3B6", "secretKey": "Zr8-kq2Lw5xT9vB3nM7cJ1dF6"}
    for name, value in keys.items():
        registry.set_secret(f"storage.s3.{name}", value)
    outputs = registry.up()
    admin = AskingClient.of(outputs, "admin")
    content = os.urandom(MEBIBYTE)
    kept = push_versions(admin, OLD, "1.0.0")
    admin.push(OLD, content, "2.0.0")
    delete_version(admin, OLD, "2.0.0")
    before = len(bucket.objects())
    registry.settings["storage"] = bucket.storage  # as a command reads it, without the keys
    gc = docker_registry(registry, outputs)
    collect(gc, apply=False)
    assert len(bucket.objects()) == before
    collect(gc)
    assert len(bucket.objects()) <= before - 2
    admin.push(OLD, content, "2.0.0")
    assert content in whole(admin, OLD, "2.0.0").values()
    assert kept["1.0.0"] in whole(admin, OLD, "1.0.0").values()


def test_failing_collection(
    shared: tuple[EngineRegistry, Outputs], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, outputs = shared
    admin = with_garbage(outputs)

    def collecting(engine: DockerEngine, found: collector.Server, *, dry_run: bool) -> Collection:
        unknown: dict[str, Any] = {**found.inspected["Config"], "Cmd": ["serve", "/missing.yml"]}
        broken = (
            found if dry_run else replace(found, inspected={**found.inspected, "Config": unknown})
        )
        return collector.collect(engine, broken, dry_run=dry_run)

    monkeypatch.setattr(command, "collect", collecting)
    with pytest.raises(CommandError) as caught:
        collect(docker_registry(registry, outputs))
    assert "The collection failed (exit code 1):\n    spectro-server: open /missing.yml" in str(
        caught.value
    )
    assert str(caught.value).endswith("\nThe registry accepts pushes again.")
    push_versions(admin, OLD, "1.0.0")
    registry.expect_settled()


def test_broken_pack_stops_before_changes(new_registry: Factory, tmp_path: Path) -> None:
    registry, packs = with_path(new_registry, tmp_path)
    outputs = registry.up()
    admin = AskingClient.of(outputs, "admin")
    push_versions(admin, OLD, "1.0.0")
    manifest = next(
        file
        for file in packs.rglob("blobs/sha256/*/*/data")
        if b"schemaVersion" in file.read_bytes()
    )
    manifest.unlink()
    started = inspect(registry.stack_name)["State"]["StartedAt"]
    with pytest.raises(CommandError, match=r"^The manifests of packs/old:1\.0\.0 are missing"):
        collect(docker_registry(registry, outputs))
    assert inspect(registry.stack_name)["State"]["StartedAt"] == started


def test_image_without_command(shared: tuple[EngineRegistry, Outputs]) -> None:
    registry, outputs = shared
    gc = docker_registry(registry, outputs)
    server = gc.server
    config = {**server.inspected["Config"], "Entrypoint": ["/spectro-server", "--version"]}
    other = replace(server, inspected={**server.inspected, "Config": config})
    gc.__dict__["server"] = other
    with pytest.raises(CommandError, match="has no command garbage-collect"):
        collect(gc)


def test_running_upload(
    shared: tuple[EngineRegistry, Outputs], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "UPLOAD_SECONDS", 2.5)  # several looks
    registry, outputs = shared
    admin = with_garbage(outputs)
    started = admin.request("POST", f"/v1/{BUSY}/blobs/uploads/")
    location = started.headers["Location"].partition(outputs["endpoint"])[2]
    sent = admin.request("PATCH", location, b"the first part")
    assert sent.status == 202
    with pytest.raises(CommandError, match=rf"^A client uploads to {BUSY}\. Nothing was removed\."):
        collect(docker_registry(registry, outputs))
    location = sent.headers["Location"].partition(outputs["endpoint"])[2]
    assert admin.request("DELETE", location).status == 204
    collect(docker_registry(registry, outputs))


def test_server_that_does_not_run(shared: tuple[EngineRegistry, Outputs]) -> None:
    registry, outputs = shared
    engine = DockerEngine()
    engine.stop_container(registry.stack_name)
    try:
        with pytest.raises(CommandError, match=r"is exited\. Nothing was removed\. Run `make up "):
            collect(docker_registry(registry, outputs))
    finally:
        engine.start_container(registry.stack_name)
    assert wait_until(lambda: answers(Client.of(outputs)), 20)
