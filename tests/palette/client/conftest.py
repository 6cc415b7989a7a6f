"""Values and fixtures of the tests of the client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from common.errors import UserError
from palette.client.api import OCI, Registration
from palette.client.errors import PaletteError
from palette.client.http import PaletteClient
from palette.client.retry import RetryPolicy
from tests.support.palette.stub import API_KEY, PaletteStub
from tests.support.palette.values import CA

QUICK = RetryPolicy(
    attempts=3, backoff=0.01, max_pause=1.0, connect_timeout=10.0, read_timeout=10.0
)
SHORT_TIMEOUT = RetryPolicy(
    attempts=3, backoff=0.01, max_pause=1.0, connect_timeout=10.0, read_timeout=0.5
)
"""Only for tests of timeouts: a busy machine may exceed it in other tests."""
REGISTRATION = Registration(
    "packs",
    "https://registry.example.com",
    "admin",
    "MARKER of a password",
    CA,
    insecure_skip_verify=False,
)
OCI_REGISTRATION = replace(REGISTRATION, provider_type="pack", base_content_path="packs")
CREATE, ITEM = "/v1/registries/pack", "/v1/registries/pack/[^/]+"


@pytest.fixture
def client(api: PaletteStub) -> PaletteClient:
    return PaletteClient(api.host, API_KEY, retry_policy=QUICK)


@pytest.fixture
def oci_client(api: PaletteStub) -> PaletteClient:
    return PaletteClient(api.host, API_KEY, retry_policy=QUICK, kind=OCI)


@pytest.fixture
def impatient_client(api: PaletteStub) -> PaletteClient:
    return PaletteClient(api.host, API_KEY, retry_policy=SHORT_TIMEOUT)


def error_of(call: Callable[..., Any], *arguments: Any) -> PaletteError:
    """Return the error that a call raises."""
    with pytest.raises(PaletteError) as raised:
        call(*arguments)
    assert isinstance(raised.value, UserError), "Pulumi shows it without a traceback"
    assert "\n" not in str(raised.value)
    return raised.value
