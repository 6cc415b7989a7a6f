"""Preflight check of networks."""

from __future__ import annotations

from tests.components.docker.preflight.problems import problems
from tests.support.fakes import FakeEngine


def test_missing_network() -> None:
    assert problems(FakeEngine(), networks=["backend", "storage"]) == [
        (
            "networks: the Docker host has no network storage. Create it with "
            "`docker network create storage`, or remove it from networks."
        )
    ]
