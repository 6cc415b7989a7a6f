"""The stub of Palette's API rejects what Palette does not document, and gives no such response."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import urllib3

from tests.support.palette.description import Operation, load_description
from tests.support.palette.registrations import MASK
from tests.support.palette.server import serve
from tests.support.palette.stub import API_KEY, PaletteStub

PACK, OCI = "/v1/registries/pack", "/v1/registries/oci/basic"
OCI_LIST, SEARCH = "/v1/registries/oci/summary", "/v1/packs/search"
UNKNOWN_UID = "0" * 24
TLS = {"enabled": True, "ca": "PEM", "certificate": "", "key": "", "insecureSkipVerify": False}
AUTH: dict[str, Any] = {"type": "basic", "username": "admin", "password": "x", "tls": TLS}
ENDPOINT = "https://registry.example.com"
SPEC: dict[str, Any] = {
    "endpoint": ENDPOINT,
    "auth": AUTH,
    "name": "packs",
    "private": True,
    "scope": "tenant",
}
OCI_SPEC = {
    "endpoint": ENDPOINT,
    "auth": AUTH,
    "scope": "tenant",
    "providerType": "pack",
    "basePath": "",
    "baseContentPath": "packs",
    "isSyncSupported": True,
}


def entity(spec: dict[str, Any], name: str = "packs") -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": spec}


def send(
    api: PaletteStub, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    response = urllib3.request(
        method,
        api.host + path,
        body=None if body is None else json.dumps(body),
        headers={"ApiKey": API_KEY, **headers},
        retries=False,
        timeout=5,
    )
    return response.status, json.loads(response.data) if response.data else None


def test_documented_bodies(api: PaletteStub) -> None:
    status, body = send(api, "POST", PACK, entity(SPEC))
    assert (status, set(body)) == (201, {"uid"})
    assert api.syncs == [body["uid"]], "a creation starts a sync"
    assert send(api, "POST", f"{PACK}/validate", SPEC)[0] == 204
    assert send(api, "POST", PACK, entity(SPEC))[0] == 409
    item = f"{PACK}/{body['uid']}"
    assert send(api, "PUT", item, entity({**SPEC, "private": False}, "renamed"))[0] == 204
    found = send(api, "GET", item)[1]
    assert found["metadata"]["name"] == "packs", "names cannot be updated"
    assert found["spec"]["private"] is False
    assert found["spec"]["auth"]["password"] == MASK
    tls = {"enabled": True, "ca": "PEM", "insecureSkipVerify": False}
    assert found["spec"]["auth"]["tls"] == tls, "empty fields are left out"


def test_documented_oci_bodies(api: PaletteStub) -> None:
    status, body = send(api, "POST", f"{OCI}?skipPackSync=true", entity(OCI_SPEC))
    assert (status, set(body)) == (201, {"uid"})
    assert api.syncs == []
    assert send(api, "POST", f"{OCI}/validate", OCI_SPEC)[0] == 204
    assert send(api, "POST", OCI, entity(OCI_SPEC))[0] == 409
    api.add("charts", kind="oci", provider_type="helm")
    api.add("images", kind="ecr")
    items = send(api, "GET", OCI_LIST)[1]["items"]
    assert [item["metadata"]["name"] for item in items] == ["packs", "charts", "images"]
    found = send(api, "GET", f"/v1/registries/oci/{body['uid']}/basic")[1]
    assert found["spec"]["providerType"] == "pack"
    assert "basePath" not in found["spec"], "empty fields are left out"
    assert send(api, "GET", f"{PACK}/{body['uid']}")[0] == 404, "each kind has its own paths"
    assert send(api, "GET", PACK)[1]["items"] == []


def test_pack_search(api: PaletteStub) -> None:
    api.packs = 3
    status, body = send(api, "POST", f"{SEARCH}?limit=1", {"filter": {"registryUid": ["6a1f"]}})
    assert (status, body["listmeta"]["count"]) == (200, 3)
    assert send(api, "POST", SEARCH, {"filter": {"registryUid": "6a1f"}})[0] == 400


def test_invalid_json(api: PaletteStub) -> None:
    headers = {"ApiKey": API_KEY}
    url = api.host + PACK
    response = urllib3.request("POST", url, body=b"{", headers=headers, retries=False, timeout=5)
    assert response.status == 400
    assert response.json()["message"] == "the body is not JSON"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", OCI, entity(SPEC), 400),
        ("POST", PACK, entity(OCI_SPEC), 400),
        ("POST", f"{OCI}/validate", {**OCI_SPEC, "providerType": "images"}, 400),
        ("POST", f"{OCI}/validate", {**OCI_SPEC, "isSyncSupported": "true"}, 400),
        ("POST", f"{OCI}/validate", {**OCI_SPEC, "isSyncSupported": False}, 400),
        ("POST", f"{OCI}/validate", {**OCI_SPEC, "baseContentPath": ""}, 400),
        ("GET", f"{OCI_LIST}?limit=50", None, 400),
        ("GET", f"{PACK}?limit=51", None, 400),
        ("GET", f"{PACK}?limit=x", None, 400),
        ("GET", f"{PACK}?offset=-1", None, 400),
        ("GET", f"{PACK}?page=1", None, 400),
        ("GET", f"{PACK}?scope=project", None, 400),
        ("GET", OCI, None, 404),
        ("GET", "/v1/registries/packs", None, 404),
        ("GET", f"{PACK}/{UNKNOWN_UID}", None, 404),
        ("DELETE", f"{PACK}/{UNKNOWN_UID}", {}, 400),
        ("PUT", f"/v1/registries/oci/{UNKNOWN_UID}/basic", entity(OCI_SPEC), 404),
        ("POST", PACK, None, 400),
        ("POST", f"{PACK}?skipPackSync=1", entity(SPEC), 400),
        ("POST", f"{PACK}/validate?x=1", SPEC, 400),
        ("POST", f"{PACK}/{UNKNOWN_UID}/sync?forceSync=yes", None, 400),
    ],
)
def test_undocumented_requests(
    method: str, path: str, body: Any, status: int, api: PaletteStub
) -> None:
    assert send(api, method, path, body)[0] == status
    assert api.registrations == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"ApiKey": "wrong"}, 401), ({"ProjectUid": "6a1f"}, 400), ({"X-Unknown": "1"}, 400)],
)
def test_headers(headers: dict[str, str], status: int, api: PaletteStub) -> None:
    assert send(api, "GET", PACK, **headers)[0] == status


@pytest.mark.parametrize("place", [(), ("auth",), ("auth", "tls")], ids=".".join)
@pytest.mark.parametrize("change", ["unknown", "other type"])
def test_undocumented_fields(change: str, place: tuple[str, ...], api: PaletteStub) -> None:
    spec = copy.deepcopy(SPEC)
    group: Any = spec
    for part in place:
        group = group[part]
    group["unknown" if change == "unknown" else next(iter(group))] = 1
    for path, body in ((f"{PACK}/validate", spec), (PACK, entity(spec))):
        status, error = send(api, "POST", path, body)
        assert (status, set(error)) == (400, {"code", "message", "ref"})
    assert api.registrations == {}


@pytest.mark.parametrize("field", ["endpoint", "auth"])
def test_missing_required_field(field: str, api: PaletteStub) -> None:
    spec = {key: value for key, value in SPEC.items() if key != field}
    assert send(api, "POST", f"{PACK}/validate", spec)[0] == 400


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "project"},
        {"auth": {**AUTH, "type": "token"}},
        {"auth": {**AUTH, "password": ""}},
        {"auth": {**AUTH, "tls": {**TLS, "enabled": False}}},
        {"auth": {**AUTH, "tls": {"enabled": False, "insecureSkipVerify": True}}},
        {"auth": {**AUTH, "tls": {**TLS, "certificate": "PEM"}}},
        {"auth": {key: value for key, value in AUTH.items() if key != "tls"}},
    ],
)
def test_rules(change: dict[str, Any], api: PaletteStub) -> None:
    assert send(api, "POST", f"{PACK}/validate", {**SPEC, **change})[0] == 400


def response_errors(method: str, path: str, status: int, body: Any) -> list[str]:
    found = load_description().find(method, path)
    assert found is not None
    operation: Operation = found[0]
    return load_description().response_errors(operation, status, body)


@pytest.mark.parametrize(
    ("method", "path", "status", "body", "error"),
    [
        ("POST", PACK, 200, {"uid": "6a1f"}, "status 200: unknown"),
        ("POST", PACK, 201, {}, "body.uid: missing"),
        ("POST", PACK, 201, {"uid": "6a1f", "id": 1}, "body.id: unknown"),
        ("POST", f"{PACK}/validate", 204, {}, "body: unknown"),
        ("POST", PACK, 400, {"error": "x"}, "body.error: unknown"),
        ("GET", PACK, 200, {"items": "many"}, "body.items: not a list"),
        ("GET", PACK, 200, {"items": [1]}, "body.items[0]: not an object"),
        (
            "GET",
            PACK,
            200,
            {"items": [], "listmeta": {"limit": 50}},
            "body.listmeta.count: missing",
        ),
        (
            "GET",
            f"{PACK}/{UNKNOWN_UID}/sync/status",
            200,
            {"isSyncSupported": True, "status": ""},
            "body.status: empty, so it must be left out",
        ),
        (
            "GET",
            f"{PACK}/{UNKNOWN_UID}/sync/status",
            200,
            {"isSyncSupported": True, "lastRunTime": "yesterday"},
            "body.lastRunTime: not of type time",
        ),
    ],
)
def test_undocumented_responses(method: str, path: str, status: int, body: Any, error: str) -> None:
    assert error in response_errors(method, path, status, body)


def test_defect_fails_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PaletteStub, "_process", lambda *_: (200, {"items": "many"}))
    with (
        pytest.raises(AssertionError, match="responses of the stub that Palette does not give"),
        serve(PaletteStub()) as api,
    ):
        send(api, "GET", PACK)
