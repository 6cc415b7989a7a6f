"""Fixtures for registries on a cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.docker import skip_or_fail
from tests.support.kubernetes_cluster import ClusterRegistry, kubernetes_is_missing


@pytest.fixture
def engine() -> None:
    """Tests of updates require a cluster, the Pulumi CLI and Pulumi's Kubernetes plugin."""
    skip_or_fail(kubernetes_is_missing(), "REQUIRE_KUBERNETES")


@pytest.fixture
def registry(engine: None, tmp_path: Path) -> Iterator[ClusterRegistry]:
    """A stack whose packs are in the test bucket. It is removed at the end."""
    created = ClusterRegistry(tmp_path, kubernetes={"replicas": 3})
    created.use_bucket()
    yield created
    with contextlib.suppress(Exception):
        created.down()
