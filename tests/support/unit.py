"""Fixtures of the unit tests: isolation from Docker, Pulumi's engine and the environment."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from common.features import Features, use_features
from common.redaction import forget_secrets
from tests.support.component import declare
from tests.support.recording import Run, close_loop

EXAMPLES = int(os.environ.get("EXAMPLES", "200"))
"""Examples of each property. `make test-unit` tries fewer of them than `make test`."""

settings.register_profile(
    "unit", derandomize=True, database=None, deadline=None, max_examples=EXAMPLES
)
settings.load_profile("unit")


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Switch off checks and hooks, and clear environment variables that change results."""
    pulumis = (
        "PULUMI_CONFIG",
        "PULUMI_BACKEND_URL",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_API",
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
    )
    proxies = [f"{kind}_proxy" for kind in ("http", "https", "all", "no")]
    for variable in ("DOCKER_HOST", *pulumis, *proxies, *map(str.upper, proxies)):
        monkeypatch.delenv(variable, raising=False)
    forget_secrets()
    with use_features(Features(checks=False, resource_hooks=False)):
        yield


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """An event loop for outputs that a test creates itself."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    close_loop(loop)


@pytest.fixture
def default() -> Run:
    """A registry with a hostname and defaults."""
    return _declared(https=True)


@pytest.fixture
def http() -> Run:
    """A registry without TLS."""
    return _declared(https=False)


@functools.cache
def _declared(*, https: bool) -> Run:
    """Declare a registry once for all tests that only read it."""
    return declare() if https else declare(tls={"mode": "off"})
