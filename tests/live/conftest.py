"""Fixtures that run each test twice: with the Pulumi engine, and as a trial without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import live
from tests.support.docker import docker_is_missing, skip_or_fail
from tests.support.engine import EngineRegistry, engine_is_missing
from tests.support.trial import TrialRegistry

Factory = live.Factory[live.Registry]

WAYS: dict[str, type[live.Registry]] = {"trial": TrialRegistry, "engine": EngineRegistry}


@pytest.fixture(params=WAYS)
def new_registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Factory]:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    if request.param == "engine":
        skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")
    factory = live.Factory(tmp_path, WAYS[request.param])
    yield factory
    factory.remove()
