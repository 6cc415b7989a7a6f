"""Fixtures for the trial. Tests that also hold for the Pulumi engine are in ``tests/live``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import live
from tests.support.docker import docker_is_missing, skip_or_fail
from tests.support.trial import TrialRegistry

Factory = live.Factory[TrialRegistry]


@pytest.fixture
def new_registry(tmp_path: Path) -> Iterator[Factory]:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    factory = live.Factory(tmp_path, TrialRegistry)
    yield factory
    factory.remove()
