"""What the tests of the Pulumi engine share; what holds without it too is in ``tests/live``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import live
from tests.support.docker import docker_is_missing, skip_or_fail
from tests.support.engine import EngineRegistry, engine_is_missing

Factory = live.Factory[EngineRegistry]


@pytest.fixture(autouse=True)
def _tools() -> None:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Factory]:
    factory = live.Factory(tmp_path, EngineRegistry)
    yield factory
    factory.remove()
