"""Fixtures of the tests of the Palette project: no Docker, no Pulumi engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi import dynamic
from syrupy.assertion import SnapshotAssertion

from common.errors import UserError
from palette.client.retry import RetryPolicy
from palette.properties import to_registration
from palette.registration import PROJECT, RegistrationProvider
from tests.support.palette.server import serve
from tests.support.palette.stub import API_KEY, PaletteStub
from tests.support.palette.values import EMPTY_FIELDS, PACK_OUTPUT
from tests.support.text_snapshot import TextSnapshotExtension
from tests.support.unit import clean_environment, event_loop, isolated

__all__ = [
    "api",
    "clean_environment",
    "create",
    "event_loop",
    "isolated",
    "props",
    "provider",
    "snapshot",
]

QUICK = RetryPolicy(attempts=3, backoff=0.01, max_pause=1.0, connect_timeout=2.0, read_timeout=2.0)


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Messages as plain text."""
    return snapshot.use_extension(TextSnapshotExtension)


@pytest.fixture
def api() -> Iterator[PaletteStub]:
    with serve(PaletteStub()) as running:
        yield running


def configured(key: str | None) -> RegistrationProvider:
    """Return a provider as Pulumi configures it."""
    provider = RegistrationProvider(QUICK, sleep=lambda _: None)
    config = {} if key is None else {f"{PROJECT}:paletteApiKey": key}
    provider.configure(dynamic.ConfigureRequest(dynamic.Config(config, "another project")))
    return provider


@pytest.fixture
def provider() -> RegistrationProvider:
    return configured(API_KEY)


@pytest.fixture
def props(api: PaletteStub) -> Callable[..., dict[str, Any]]:
    """Return the inputs of a registration."""
    defaults = {
        **PACK_OUTPUT,
        **EMPTY_FIELDS,
        "paletteHost": api.host,
        "adoptExisting": False,
        "importUid": "",
    }

    def inputs(**changes: Any) -> dict[str, Any]:
        values = {**defaults, **changes}
        return {"fixedSpec": to_registration(values).fixed_spec, **values}

    return inputs


@pytest.fixture
def create(
    provider: RegistrationProvider, props: Callable[..., dict[str, Any]]
) -> Callable[..., dict[str, Any]]:
    """Create a registration and return its state."""
    return lambda **changes: dict(provider.create(props(**changes)).outs or {})


def error_of(error: type[UserError], call: Any, *arguments: Any) -> str:
    """Return the message of the error that a call raises."""
    with pytest.raises(error) as raised:
        call(*arguments)
    return str(raised.value)
