"""The stub of Palette's API rejects what Palette does not document."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import urllib3

from tests.support.palette.stub import API_KEY, PROJECT, PaletteStub

PACK, OCI = "/v1/registries/pack", "/v1/registries/oci/basic"
OCI_LIST = "/v1/registries/oci/summary"
TLS = {"enabled": True, "ca": "PEM", "certificate": "", "key": "", "insecureSkipVerify": False}
AUTH = {"type": "basic", "username": "admin", "password": "x", "tls": TLS}
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
    assert send(api, "POST", f"{PACK}/validate", SPEC)[0] == 204
    assert send(api, "POST", PACK, entity(SPEC))[0] == 409
    other = f"{PACK}/{api.add('others')}"
    assert send(api, "PUT", other, entity(SPEC))[0] == 409
    assert send(api, "PUT", other, entity(SPEC, "others"))[0] == 204


def test_documented_oci_bodies(api: PaletteStub) -> None:
    status, body = send(api, "POST", OCI, entity(OCI_SPEC))
    assert (status, set(body)) == (201, {"uid"})
    assert send(api, "POST", f"{OCI}/validate", OCI_SPEC)[0] == 204
    assert send(api, "POST", OCI, entity(OCI_SPEC))[0] == 409
    (item,) = send(api, "GET", OCI_LIST)[1]["items"]
    assert item["metadata"] == {"name": "packs", "uid": body["uid"]}
    found = send(api, "GET", f"/v1/registries/oci/{body['uid']}/basic")[1]
    assert found["spec"]["providerType"] == "pack"
    assert send(api, "GET", f"{PACK}/{body['uid']}")[0] == 404, "each kind has its own paths"
    assert send(api, "GET", PACK)[1]["items"] == []


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
        ("POST", f"{OCI}/validate", {**OCI_SPEC, "registryUid": ""}, 400),
        ("GET", f"{OCI_LIST}?limit=50", None, 400),
        ("GET", OCI, None, 404),
        ("PUT", f"/v1/registries/oci/{'0' * 24}/basic", entity(OCI_SPEC), 404),
    ],
)
def test_undocumented_oci_requests(
    method: str, path: str, body: Any, status: int, api: PaletteStub
) -> None:
    assert send(api, method, path, body)[0] == status
    assert api.registrations == {}


@pytest.mark.parametrize("place", [(), ("auth",), ("auth", "tls")], ids=".".join)
@pytest.mark.parametrize("change", ["unknown", "missing", "other type"])
def test_undocumented_fields(change: str, place: tuple[str, ...], api: PaletteStub) -> None:
    spec = copy.deepcopy(SPEC)
    group: Any = spec
    for part in place:
        group = group[part]
    field = next(iter(group))
    if change == "missing":
        del group[field]
    else:
        group["unknown" if change == "unknown" else field] = 1
    for path, body in ((f"{PACK}/validate", spec), (PACK, entity(spec))):
        status, error = send(api, "POST", path, body)
        assert (status, set(error)) == (400, {"code", "message", "details", "ref"})
    assert api.registrations == {}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", PACK, {"ApiKey": "wrong"}, 401),
        ("GET", PACK, {"ProjectUid": "another project"}, 403),
        ("GET", PACK, {"X-Unknown": "1"}, 400),
        ("GET", f"{PACK}?limit=51", {}, 400),
        ("GET", f"{PACK}?limit=x", {}, 400),
        ("GET", f"{PACK}?offset=-1", {}, 400),
        ("GET", f"{PACK}?page=1", {}, 400),
        ("GET", f"{PACK}/{'0' * 24}", {}, 404),
        ("GET", "/v1/registries/packs", {}, 404),
        ("POST", f"{PACK}/validate?x=1", {}, 400),
    ],
)
def test_undocumented_requests(
    method: str, path: str, headers: dict[str, str], status: int, api: PaletteStub
) -> None:
    assert send(api, method, path, SPEC if method == "POST" else None, **headers)[0] == status


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "project"},
        {"auth": {**AUTH, "type": "token"}},
        {"auth": {**AUTH, "password": ""}},
        {"auth": {**AUTH, "tls": {**TLS, "enabled": False}}},
        {"auth": {**AUTH, "tls": {**TLS, "certificate": "PEM"}}},
        {"endpoint": "http://registry.example.com"},
        {
            "endpoint": "http://registry.example.com",
            "auth": {**AUTH, "tls": {**TLS, "enabled": False}},
        },
    ],
)
def test_inconsistent_bodies(change: dict[str, Any], api: PaletteStub) -> None:
    assert send(api, "POST", f"{PACK}/validate", {**SPEC, **change})[0] == 400


def test_scopes_are_separate(api: PaletteStub) -> None:
    uid = api.add("packs", project=PROJECT)
    assert send(api, "GET", f"{PACK}/{uid}")[0] == 404
    assert send(api, "GET", f"{PACK}/{uid}", ProjectUid=PROJECT)[0] == 200


@pytest.mark.parametrize("query", ["", "?forceSync=true", "?forceSync=false&x=1"])
def test_sync_parameter(query: str, api: PaletteStub) -> None:
    path = f"{PACK}/{api.add('packs')}/sync"
    assert send(api, "POST", path + query)[0] == 400
    assert send(api, "POST", f"{path}?forceSync=false")[0] == 202
