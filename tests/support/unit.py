"""Fixtures of all unit tests: no Docker, no resource hooks, no environment of the machine."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator

import pytest
from hypothesis import settings

from common import features
from tests.support.component import declare
from tests.support.recording import Run

settings.register_profile("unit", derandomize=True, database=None, deadline=None, max_examples=200)
settings.load_profile("unit")


@pytest.fixture(autouse=True)
def switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch off everything that needs a Docker host, an engine or the environment."""
    monkeypatch.setattr(features, "CHECKS_ON", False)
    monkeypatch.setattr(features, "HOOKS_ON", False)
    pulumis = (
        "PULUMI_CONFIG",
        "PULUMI_BACKEND_URL",
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
    )
    proxies = [f"{kind}_proxy" for kind in ("http", "https", "all", "no")]
    for variable in ("DOCKER_HOST", *pulumis, *proxies, *map(str.upper, proxies)):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """Provide an event loop for outputs that a test creates."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()


@pytest.fixture
def default() -> Run:
    """Declare a registry with default settings and a hostname."""
    return _declared(https=True)


@pytest.fixture
def http() -> Run:
    """Declare a registry without TLS."""
    return _declared(https=False)


@functools.cache
def _declared(*, https: bool) -> Run:
    """Declare once for all tests, because they only read the result."""
    return declare() if https else declare(tls={"mode": "off"})
