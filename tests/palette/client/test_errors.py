"""Error messages of the client: request, response and fix, and never a secret."""

from __future__ import annotations

import json
import logging
import re
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from palette.client.errors import UnknownOutcomeError
from palette.client.http import PaletteClient
from tests.palette.client.conftest import CREATE, ITEM, QUICK, REGISTRATION, error_of
from tests.support.certificates import issue
from tests.support.docker import free_port
from tests.support.palette.stub import API_KEY, PaletteStub
from tests.support.registry_server import Registry, serving

UID = "6a1f"
OPERATIONS: dict[str, tuple[Callable[[PaletteClient], Any], str, str]] = {
    "validate": (lambda client: client.validate(REGISTRATION), "POST", f"{CREATE}/validate"),
    "create": (lambda client: client.create(REGISTRATION), "POST", CREATE),
    "find": (lambda client: client.find(REGISTRATION), "GET", CREATE),
    "read": (lambda client: client.read(UID), "GET", f"{CREATE}/{UID}"),
    "update": (lambda client: client.update(UID, REGISTRATION), "PUT", f"{CREATE}/{UID}"),
    "delete": (lambda client: client.delete(UID, "packs"), "DELETE", f"{CREATE}/{UID}"),
    "start_sync": (
        lambda client: client.start_sync(UID, "packs"),
        "POST",
        f"{CREATE}/{UID}/sync",
    ),
    "sync_status": (
        lambda client: client.sync_status(UID, "packs"),
        "GET",
        f"{CREATE}/{UID}/sync/status",
    ),
    "count_packs": (lambda client: client.count_packs(UID, "packs"), "POST", "/v1/packs/search"),
}
STATUSES = (301, 400, 401, 403, 404, 409, 422, 429, 500, 503)
NOT_AN_ERROR = ("read", "delete")
"""With status 404 and the code ResourceNotFound."""
BODY = {
    "code": "SomeCode",
    "message": "some reason",
    "details": {"nested": "value"},
    "ref": "8f1c",
}


def rendered(error: Exception, api: PaletteStub) -> str:
    """Return a message without what differs between runs."""
    return str(error).replace(api.host, "https://palette.example.com")


@pytest.mark.parametrize("status", STATUSES)
def test_status_messages(
    status: int, api: PaletteStub, client: PaletteClient, snapshot: SnapshotAssertion
) -> None:
    messages = []
    for operation, (call, method, path) in OPERATIONS.items():
        api.failures.clear()
        api.fail(method, path, status, times=3, body=BODY)
        error = error_of(call, client)
        assert isinstance(error, UnknownOutcomeError) is (status == 503)
        quote = f'({method} {api.host}{path}: {status} SomeCode, "some reason", details '
        assert quote + '{"nested": "value"}, ref 8f1c)' in str(error)
        messages.append(f"{operation}: {rendered(error, api)}\n")
    assert "\n".join(messages) == snapshot


@pytest.mark.parametrize("operation", NOT_AN_ERROR)
def test_missing_registration_is_not_an_error(
    operation: str, api: PaletteStub, client: PaletteClient
) -> None:
    call, method, path = OPERATIONS[operation]
    api.fail(method, path, 404, body={"code": "ResourceNotFound", "message": "not found"})
    assert call(client) is None


@pytest.mark.parametrize(
    "body", [b"<html>Not Found</html>", {"error": "Not Found"}, {"code": "RouteNotFound"}]
)
@pytest.mark.parametrize("operation", NOT_AN_ERROR)
def test_other_404_is_an_error(
    operation: str, body: Any, api: PaletteStub, client: PaletteClient
) -> None:
    call, method, path = OPERATIONS[operation]
    api.fail(method, path, 404, body=body)
    message = str(error_of(call, client))
    assert "This is not Palette's answer for a missing registration. Check paletteHost" in message


@pytest.mark.parametrize("status", [400, 409, 500])
def test_delete_of_used_registry(status: int, api: PaletteStub, client: PaletteClient) -> None:
    body = {"code": "RegistryInUse", "message": "in use", "details": {"profiles": ["production"]}}
    api.fail("DELETE", ITEM, status, body=body)
    message = str(error_of(client.delete, UID, "packs"))
    assert f'{status} RegistryInUse, "in use", details {{"profiles": ["production"]}}' in message
    assert "If cluster profiles use packs of this registry, remove these packs" in message
    assert api.count("DELETE", ITEM) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"code": "ResourceAlreadyExists", "message": "x"},
        {"code": "X", "message": "A registry of that name Already Exists"},
    ],
)
def test_name_conflict_with_status_400(
    body: dict[str, str], api: PaletteStub, client: PaletteClient
) -> None:
    api.fail("POST", CREATE, 400, body=body)
    message = str(error_of(client.create, REGISTRATION))
    assert "another registration with this name" in message, "Palette documents no status for it"
    api.fail("POST", CREATE, 403, body=body)
    message = str(error_of(client.create, REGISTRATION))
    assert "lacks a permission" in message, "other statuses keep their meaning"


def test_name_conflict(api: PaletteStub, client: PaletteClient) -> None:
    api.add("packs")
    message = str(error_of(client.create, REGISTRATION))
    assert '409 ResourceAlreadyExists, "a pack registry named packs exists"' in message
    assert "Change registrationName, or set adoptExisting to true" in message


def test_invalid_api_key(api: PaletteStub) -> None:
    client = PaletteClient(api.host, "MARKER-of-a-key", retry_policy=QUICK)
    message = str(error_of(client.find, REGISTRATION))
    assert "401 InvalidApiKey" in message
    assert "store it with `make register-key`" in message
    assert "MARKER" not in message


@pytest.mark.parametrize(
    ("body", "quote"),
    [
        (
            b"<html>\n<b>Bad Gateway</b>\x1b[31m</html>",
            "502: <html> <b>Bad Gateway</b> [31m</html>). ",
        ),
        (b"", "502 Bad Gateway). "),
        (["a", "list"], "502 Bad Gateway). "),
        ({"message": None, "code": 17}, "502 17). "),
        ({"code": "X", "message": "long " * 200}, 'long lo..."). '),
    ],
)
def test_error_body_of_other_form(
    body: Any, quote: str, api: PaletteStub, client: PaletteClient
) -> None:
    api.fail("GET", CREATE, 502, times=3, body=body)
    message = str(error_of(client.find, REGISTRATION))
    assert quote in message, message
    assert len(message) < 700, "an HTML page is cut"


def test_unexpected_responses(
    api: PaletteStub, client: PaletteClient, snapshot: SnapshotAssertion
) -> None:
    responses: list[tuple[str, Any]] = [
        ("create", {}),
        ("create", b""),
        ("find", b"<html>log in</html>"),
        ("find", ["a list"]),
        ("find", {"items": [{"metadata": {"name": "packs"}}]}),
        ("find", {"items": "many"}),
    ]
    messages = []
    for operation, body in responses:
        call, method, path = OPERATIONS[operation]
        api.fail(method, path, 200, body=body)
        error = error_of(call, client)
        assert isinstance(error, UnknownOutcomeError), "the registration may exist"
        messages.append(f"{operation} {body!r}: {rendered(error, api)}\n")
    assert "\n".join(messages) == snapshot


def test_unreachable_host(api: PaletteStub, snapshot: SnapshotAssertion) -> None:
    host = f"http://127.0.0.1:{free_port()}"
    start = time.monotonic()
    error = error_of(PaletteClient(host, API_KEY, retry_policy=QUICK).find, REGISTRATION)
    assert time.monotonic() - start < 5
    assert not isinstance(error, UnknownOutcomeError), "nothing was sent"
    assert str(error).replace(host, "https://palette.example.com") == snapshot


def test_unknown_host() -> None:
    with pytest.raises(socket.gaierror) as unknown:
        socket.getaddrinfo("palette.invalid", 443)
    client = PaletteClient("https://palette.invalid", API_KEY, retry_policy=QUICK)
    error = error_of(client.create, REGISTRATION)
    assert str(error).startswith(
        "Cannot connect to Palette to register packs "
        f"(POST https://palette.invalid{CREATE}: {unknown.value}). Check paletteHost, "
    )
    assert not isinstance(error, UnknownOutcomeError), "nothing was sent"


def test_unreachable_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    client = PaletteClient("https://palette.invalid", API_KEY, retry_policy=QUICK)
    error = error_of(client.create, REGISTRATION)
    assert f"(POST https://palette.invalid{CREATE}: [Errno 111] Connection refused)" in str(error)
    assert "HTTPS_PROXY" in str(error)
    assert not isinstance(error, UnknownOutcomeError), "nothing was sent"


def test_untrusted_certificate(snapshot: SnapshotAssertion) -> None:
    server = Registry()
    with serving(server, issue("localhost", ["localhost"])) as port:
        host = f"https://localhost:{port}"
        client = PaletteClient(host, "MARKER-of-a-key", retry_policy=QUICK)
        message = str(error_of(client.find, REGISTRATION))
    assert server.seen == [], "the API key was not sent"
    message = message.replace(host, "https://palette.example.com")
    assert re.sub(r"_ssl.c:\d+", "_ssl.c", message) == snapshot


def test_timeout(
    api: PaletteStub, impatient_client: PaletteClient, snapshot: SnapshotAssertion
) -> None:
    api.fail("POST", CREATE, delay=1.0)
    assert rendered(error_of(impatient_client.create, REGISTRATION), api) == snapshot
    api.fail("GET", CREATE, delay=1.0, times=3)
    message = str(error_of(impatient_client.find, REGISTRATION))
    assert "Palette did not respond within 0.5 s to a request to find" in message


def test_closed_connection(
    api: PaletteStub, client: PaletteClient, snapshot: SnapshotAssertion
) -> None:
    api.fail("POST", CREATE, drop=True)
    assert rendered(error_of(client.create, REGISTRATION), api) == snapshot


def test_secrets_redacted(api: PaletteStub, client: PaletteClient) -> None:
    message = f"{API_KEY} may not set {REGISTRATION.password}"
    body = {"code": "BadRequest", "message": message, "ref": API_KEY}
    api.fail("POST", CREATE, 400, body=body)
    shown = str(error_of(client.create, REGISTRATION))
    assert '"… may not set …", ref …' in shown


QUOTED = 'MARKER "ü" \\ quoted'


@pytest.mark.parametrize(
    ("password", "body"),
    [
        ("MARKER of a password", {"code": "X", "message": "x" * 285 + "MARKER of a password"}),
        (QUOTED, {"code": "X", "message": {"nested": QUOTED}}),
        (QUOTED, json.dumps([QUOTED], ensure_ascii=False).encode() + b"]"),
    ],
    ids=["cut", "escaped in JSON", "escaped in text"],
)
def test_part_of_secret_redacted(
    password: str, body: Any, api: PaletteStub, client: PaletteClient
) -> None:
    api.fail("POST", CREATE, 400, body=body)
    message = str(error_of(client.create, replace(REGISTRATION, password=password)))
    assert "MARKER" not in message
    assert "…" in message


def test_secret_within_secret_redacted(api: PaletteStub, client: PaletteClient) -> None:
    api.fail("POST", CREATE, 400, body={"code": "X", "message": f"{API_KEY} is wrong"})
    message = str(error_of(client.create, replace(REGISTRATION, password=API_KEY[:8])))
    assert '"… is wrong"' in message


def test_debug_log_without_secrets(
    api: PaletteStub, client: PaletteClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")  # the Kubernetes client sets its level
    api.fail("PUT", ITEM, 429, retry_after="0")
    client.update(client.create(REGISTRATION), REGISTRATION)
    assert CREATE in caplog.text, "the libraries log requests"
    assert API_KEY not in caplog.text
    assert REGISTRATION.password not in caplog.text
