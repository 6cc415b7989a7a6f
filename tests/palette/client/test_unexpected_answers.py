"""Answers that Palette's API does not give, at every request: a result or an error, no crash."""

from __future__ import annotations

from typing import Any

import pytest

from palette.client.errors import PaletteError, UnknownOutcomeError
from palette.client.http import PaletteClient
from tests.palette.client.conftest import CREATE, REGISTRATION, error_of
from tests.palette.client.test_errors import OPERATIONS, UID
from tests.support.palette.stub import API_KEY, PaletteStub

PASSWORD = REGISTRATION.password
LOGIN_PAGE = b"<!DOCTYPE html><html><title>Log in</title></html>"
WITHOUT_BODY = ("validate", "update", "delete", "start_sync")
"""Requests whose answer has no body."""

ANSWERS: dict[str, tuple[int, Any]] = {
    "login page": (200, LOGIN_PAGE),
    "login page for something created": (201, LOGIN_PAGE),
    "text": (200, b"OK"),
    "byte order mark": (200, b'\xef\xbb\xbf{"uid": "1"}'),
    "bytes that are not text": (200, b'{"uid": "\xe4\xff"}'),
    "truncated JSON": (200, b'{"uid": "6a1f'),
    "two documents": (200, b"{}{}"),
    "extremely nested": (200, b"[" * 100_000),
    "extremely nested object": (200, b'{"a":' * 100_000),
    "null": (200, b"null"),
    "list": (200, []),
    "string": (200, "done"),
    "empty object": (200, {}),
    "other object": (200, {"apiVersion": "v1", "kind": "Status"}),
    "null everywhere": (200, {"uid": None, "items": None, "metadata": None, "spec": None}),
    "lists everywhere": (200, {"items": [], "metadata": [], "spec": [], "listmeta": []}),
    "items that are no objects": (200, {"items": [None, 1, "packs", []]}),
    "item without metadata": (200, {"items": [{}]}),
    "item with other types": (200, {"items": [{"metadata": {"name": 5, "uid": 7}, "spec": "x"}]}),
    "spec without groups": (200, {"metadata": {"name": "packs"}, "spec": {"auth": None}}),
    "spec with other types": (200, {"spec": {"endpoint": 5, "auth": {"tls": {"ca": ["x"]}}}}),
    "status with other types": (200, {"status": 5, "message": ["x"], "isSyncSupported": "no"}),
    "letters of other scripts": (200, {"uid": "\u0437\u043f", "status": "\u202e\u6210\u529f"}),
    "redirect to a login page": (302, LOGIN_PAGE),
    "not modified": (304, None),
    "other page": (404, LOGIN_PAGE),
    "missing route": (404, {"code": "RouteNotFound", "message": "no such route"}),
    "error without fields": (400, {}),
    "error with null": (400, {"code": None, "message": None, "details": None}),
    "error with other types": (422, {"code": {"a": 1}, "message": ["m"], "details": [{"x": 1}]}),
    "error that repeats secrets": (
        403,
        {"message": f"{API_KEY} {PASSWORD}", "details": [PASSWORD]},
    ),
    "error with control characters": (400, {"code": "X", "message": "\x1b[31mred\r\nline"}),
    "long error": (409, b"x" * 100_000),
    "status 500 without a code": (500, LOGIN_PAGE),
    "status of a proxy": (502, LOGIN_PAGE),
    "unknown status": (599, None),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("title", ANSWERS)
def test_no_crash(title: str, operation: str, api: PaletteStub, client: PaletteClient) -> None:
    call, method, path = OPERATIONS[operation]
    status, body = ANSWERS[title]
    api.fail(method, path, status, times=9, body=b"" if body is None else body)
    try:
        client.validate(REGISTRATION)  # the client knows the password now
        call(client)
    except PaletteError as error:
        message = str(error)
        assert message.isprintable()
        assert len(message) < 1500
        assert API_KEY not in message
        assert PASSWORD not in message
    else:
        assert status < 300


@pytest.mark.parametrize("title", ["login page", "text", "truncated JSON", "extremely nested"])
@pytest.mark.parametrize("operation", WITHOUT_BODY)
def test_page_with_status_200_is_no_success(
    operation: str, title: str, api: PaletteStub, client: PaletteClient
) -> None:
    call, method, path = OPERATIONS[operation]
    status, body = ANSWERS[title]
    api.fail(method, path, status, body=body)
    error = error_of(call, client)
    assert isinstance(error, UnknownOutcomeError)
    assert "is not from Palette's API" in str(error)


@pytest.mark.parametrize("uid", [5, True, {"a": 1}, ["x"], "", "../../x?y", "a b", "\n", "u" * 65])
def test_invalid_uid(uid: Any, api: PaletteStub, client: PaletteClient) -> None:
    api.fail("POST", CREATE, 201, body={"uid": uid})
    assert "the response has no UID" in str(error_of(client.create, REGISTRATION))
    listed = {"items": [{"metadata": {"name": REGISTRATION.name, "uid": uid}}]}
    api.fail("GET", CREATE, 200, body=listed)
    assert "the registration has no UID" in str(error_of(client.find, REGISTRATION))


@pytest.mark.parametrize("count", [True, -1, "5", 5.0, None, [5]])
def test_invalid_pack_count(count: Any, api: PaletteStub, client: PaletteClient) -> None:
    api.fail("POST", "/v1/packs/search", 200, body={"listmeta": {"count": count}})
    assert client.count_packs(UID, "packs") is None


@pytest.mark.parametrize(
    "body", [{}, {"spec": None}, {"spec": []}, {"metadata": {"name": "packs"}}, {"kind": "Status"}]
)
def test_undescribed_registration_not_taken_over(body: dict[str, Any]) -> None:
    assert REGISTRATION.mismatch(body) == "Palette does not describe it"
    assert not REGISTRATION.is_likely(body)


@pytest.mark.parametrize("retry_after", ["soon", "-", "1.5", "Wed, 99 Foo 2099"])
def test_invalid_retry_after(retry_after: str, api: PaletteStub, client: PaletteClient) -> None:
    api.fail("GET", CREATE, 503, retry_after=retry_after)
    assert client.find(REGISTRATION) is None
    assert api.count("GET", CREATE) == 2


@pytest.mark.parametrize("operation", ["validate", "create", "find", "count_packs"])
def test_missing_resource_of_other_request(
    operation: str, api: PaletteStub, client: PaletteClient
) -> None:
    call, method, path = OPERATIONS[operation]
    api.fail(method, path, 404, body={"code": "ResourceNotFound", "message": "no such tenant"})
    message = str(error_of(call, client))
    assert "no longer exists" not in message
    assert "Fix what the message names" in message
