"""A registry with a bucket that moves from a Docker host to a cluster, and back."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.support.docker import docker_is_missing, skip_or_fail
from tests.support.kubernetes_cluster import BUCKET_URL, ClusterRegistry
from tests.support.registry import Client


@pytest.fixture(autouse=True)
def _bucket(engine: None) -> None:
    missing = None if BUCKET_URL else "TEST_KUBERNETES_S3 names no bucket that the pods reach"
    skip_or_fail(docker_is_missing() or missing, "REQUIRE_KUBERNETES")


def client(outputs: dict[str, Any], user: str, address: str) -> Client:
    made = Client.of(outputs, user)
    made.address = address
    return made


def test_move_keeps_packs_passwords_and_ca(registry: ClusterRegistry) -> None:
    on_docker = {"target": "docker", "kubernetes": None, "port": registry.node_port}
    in_cluster = {"target": "kubernetes", "kubernetes": registry.group, "port": None}
    registry.write(tls={"mode": "private-ca", "algorithm": "ecdsa-p256"}, **on_docker)
    before = registry.up()
    content = os.urandom(100_000)
    digest = client(before, "admin", "127.0.0.1").push("packs/moved", content)

    registry.write(**in_cluster)
    after = registry.up()
    assert after == before, "passwords, CA, certificate and endpoint are the same"
    assert client(after, "spectro", registry.address).pull("packs/moved", digest) == content
    registry.expect_no_changes(refresh=True)

    registry.write(**on_docker)
    assert registry.up() == before
    assert client(before, "spectro", "127.0.0.1").pull("packs/moved", digest) == content
    assert registry.pods() == []
