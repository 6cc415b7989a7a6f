"""Fixtures of the unit tests: isolation from Docker, Pulumi's engine and the environment."""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bcrypt
import pytest
from hypothesis import settings

import common.wait
from common.features import Features, use_features
from common.redaction import forget_secrets
from tests.support.event_loop import Loop

# pytest imports this module before it starts the processes of the tests, which wait for it.
if TYPE_CHECKING:
    from tests.support.recording import Run

EXAMPLES = int(os.environ.get("EXAMPLES", "200"))
"""Examples of each property. `make test-unit` tries fewer of them than `make test`."""

settings.register_profile(
    "unit", derandomize=True, database=None, deadline=None, max_examples=EXAMPLES
)
settings.load_profile("unit")


_hashpw = functools.cache(bcrypt.hashpw)
"""Hashes every password once: the recorder returns the same passwords and seeds to all tests."""


MAX_PAUSE = 0.005
"""Seconds between two checks of a condition. What the tests wait for is in the same process."""

_short_pauses = SimpleNamespace(
    monotonic=time.monotonic, sleep=lambda seconds: time.sleep(min(seconds, MAX_PAUSE))
)


@pytest.fixture(autouse=True, scope="module")
def clean_environment() -> Iterator[None]:
    """Clear variables that change results, wait shortly, and hash each password once."""
    pulumis = (
        "PULUMI_CONFIG",
        "PULUMI_BACKEND_URL",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_API",
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
    )
    proxies = [f"{kind}_proxy" for kind in ("http", "https", "all", "no")]
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("DOCKER_HOST", *pulumis, *proxies, *map(str.upper, proxies)):
            patch.delenv(variable, raising=False)
        patch.setenv("SSL_CERT_FILE", os.devnull)  # a TLS context reads the machine's CAs
        patch.setattr(bcrypt, "hashpw", _hashpw)
        patch.setattr(common.wait, "time", _short_pauses)
        yield


@pytest.fixture(autouse=True)
def isolated(clean_environment: None) -> Iterator[None]:
    """Switch off checks and hooks, and forget the secrets of other tests."""
    forget_secrets()
    with use_features(Features(checks=False, resource_hooks=False)):
        yield


_unused_loops: list[Loop] = []


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """An event loop for outputs that a test creates itself. Most tests leave it unused."""
    loop = _unused_loops.pop() if _unused_loops else Loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    if loop.is_used:
        loop.close()
    else:
        _unused_loops.append(loop)


@pytest.fixture
def default() -> Run:
    """A registry with a hostname and defaults."""
    from tests.support.component import declared

    return declared()


@pytest.fixture
def http() -> Run:
    """A registry without TLS."""
    from tests.support.component import declared

    return declared(tls={"mode": "off"})
