"""Retries: which requests are sent again, how often and when."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from palette.client.errors import UnknownOutcomeError
from palette.client.http import PaletteClient
from palette.client.retry import RetryPolicy
from tests.palette.client.conftest import CREATE, ITEM, REGISTRATION, error_of
from tests.support.palette.stub import API_KEY, PaletteStub


@pytest.mark.parametrize("status", [429, 501, 502, 503, 504, 520])
@pytest.mark.parametrize(
    "operation", ["validate", "find", "read", "update", "delete", "start_sync", "sync_status"]
)
def test_retry_of_idempotent_request(
    operation: str, status: int, api: PaletteStub, client: PaletteClient
) -> None:
    uid = client.create(REGISTRATION)
    operations: dict[str, tuple[str, str, Callable[[], Any]]] = {
        "validate": ("POST", f"{CREATE}/validate", lambda: client.validate(REGISTRATION)),
        "find": ("GET", CREATE, lambda: client.find(REGISTRATION)),
        "read": ("GET", ITEM, lambda: client.read(uid)),
        "update": ("PUT", ITEM, lambda: client.update(uid, REGISTRATION)),
        "delete": ("DELETE", ITEM, lambda: client.delete(uid, "packs")),
        "start_sync": ("POST", f"{ITEM}/sync", lambda: client.start_sync(uid, "packs")),
        "sync_status": ("GET", f"{ITEM}/sync/status", lambda: client.sync_status(uid, "packs")),
    }
    method, path, call = operations[operation]
    api.fail(method, path, status, times=2)
    call()
    assert api.count(method, path) == 3


@pytest.mark.parametrize("failure", [{"drop": True}, {"delay": 1.0}])
def test_retry_after_connection_failure(
    failure: dict[str, Any], api: PaletteStub, impatient_client: PaletteClient
) -> None:
    api.fail("GET", CREATE, **failure)
    assert impatient_client.find(REGISTRATION) is None
    assert api.count("GET", CREATE) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
def test_no_retry_of_rejected_request(status: int, api: PaletteStub, client: PaletteClient) -> None:
    api.fail("POST", f"{CREATE}/validate", status)
    assert error_of(client.validate, REGISTRATION).status == status
    assert api.count("POST", f"{CREATE}/validate") == 1


@pytest.mark.parametrize(("retry_after", "pause"), [("1", 1.0), ("3600", 1.0)])
def test_retry_after_header(
    retry_after: str, pause: float, api: PaletteStub, client: PaletteClient
) -> None:
    api.fail("GET", CREATE, 429, retry_after=retry_after)
    client.find(REGISTRATION)
    first, second = api.requests
    assert pause <= second.at - first.at < pause + 1.5, "limited by max_pause"


def test_exponential_backoff(api: PaletteStub) -> None:
    policy = RetryPolicy(attempts=5, backoff=0.05, max_pause=1.0)
    api.fail("GET", CREATE, 429, times=9)
    error_of(PaletteClient(api.host, API_KEY, retry_policy=policy).find, REGISTRATION)
    times = [request.at for request in api.requests]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(pauses) == 4, "five attempts"
    assert all(pause >= 0.05 * 2**number for number, pause in enumerate(pauses))


@pytest.mark.parametrize(
    "failure",
    [
        {"drop": True},
        {"status": 500, "body": b"<html>"},
        {"status": 502},
        {"status": 503, "retry_after": "0"},
        {"delay": 1.0},
        {"status": 201, "body": b""},
    ],
)
def test_no_retry_of_create_with_unknown_outcome(
    failure: dict[str, Any], api: PaletteStub, impatient_client: PaletteClient
) -> None:
    api.fail("POST", CREATE, **failure)
    error = error_of(impatient_client.create, REGISTRATION)
    assert isinstance(error, UnknownOutcomeError)
    assert api.count("POST", CREATE) == 1, "a second request could create a duplicate"


@pytest.mark.parametrize("retry_after", [None, "1"])
def test_retry_of_create_after_rate_limit(
    retry_after: str | None, api: PaletteStub, client: PaletteClient
) -> None:
    api.fail("POST", CREATE, 429, times=2, retry_after=retry_after)
    assert client.create(REGISTRATION) in api.registrations
    assert api.count("POST", CREATE) == 3


def test_create_rejected_with_status_500(api: PaletteStub, client: PaletteClient) -> None:
    api.fail("POST", CREATE, 500, body={"code": "OperationFailed", "message": "quota exceeded"})
    error = error_of(client.create, REGISTRATION)
    assert not isinstance(error, UnknownOutcomeError), "Palette has rejected the request"
    assert api.count("POST", CREATE) == 1
