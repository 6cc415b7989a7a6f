"""The Palette that the tests run against is strict: what is not documented is refused, so a client that sends it is found out."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from tests.support.palette import API_KEY, PROJECT, PaletteApi, palette_api

ALL = "/v1/registries/pack"
TLS = {"enabled": True, "ca": "PEM", "certificate": "", "key": "", "insecureSkipVerify": False}
AUTH = {"type": "basic", "username": "admin", "password": "x", "tls": TLS}
SPEC = {
    "endpoint": "https://registry.example.com",
    "auth": AUTH,
    "name": "packs",
    "private": True,
    "scope": "tenant",
}


@pytest.fixture
def api() -> Iterator[PaletteApi]:
    with palette_api(PaletteApi()) as running:
        yield running


def asked(
    api: PaletteApi, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    sent = {"ApiKey": API_KEY, **headers}
    content = None if body is None else json.dumps(body)
    response = urllib3.request(
        method, api.host + path, body=content, headers=sent, retries=False, timeout=5
    )
    return response.status, json.loads(response.data) if response.data else None


def test_the_documented_body_is_taken(api: PaletteApi) -> None:
    status, body = asked(api, "POST", ALL, {"metadata": {"name": "packs"}, "spec": SPEC})
    assert (status, set(body)) == (201, {"uid"})
    assert asked(api, "POST", f"{ALL}/validate", SPEC)[0] == 204
    assert asked(api, "POST", ALL, {"metadata": {"name": "packs"}, "spec": SPEC})[0] == 409, (
        "a name is taken once"
    )
    other = api.add("others")
    assert (
        asked(api, "PUT", f"{ALL}/{other}", {"metadata": {"name": "packs"}, "spec": SPEC})[0] == 409
    ), "nor by a change"
    assert (
        asked(api, "PUT", f"{ALL}/{other}", {"metadata": {"name": "others"}, "spec": SPEC})[0]
        == 204
    ), "its own name is free"


def test_what_is_no_json_is_refused(api: PaletteApi) -> None:
    response = urllib3.request(
        "POST", api.host + ALL, body=b"{", headers={"ApiKey": API_KEY}, retries=False, timeout=5
    )
    assert response.status == 400
    assert response.json()["message"] == "the body is no JSON"


OCI, OCI_LIST = "/v1/registries/oci/basic", "/v1/registries/oci/summary"
OCI_SPEC = {
    **{key: SPEC[key] for key in ("endpoint", "auth", "scope")},
    "providerType": "pack",
    "basePath": "",
    "baseContentPath": "packs",
    "isSyncSupported": True,
}


def test_the_documented_body_of_an_oci_registry_is_taken(api: PaletteApi) -> None:
    entity = {"metadata": {"name": "packs"}, "spec": OCI_SPEC}
    status, body = asked(api, "POST", OCI, entity)
    assert (status, set(body)) == (201, {"uid"})
    assert asked(api, "POST", f"{OCI}/validate", OCI_SPEC)[0] == 204
    assert asked(api, "POST", OCI, entity)[0] == 409, "a name is taken once"
    (item,) = asked(api, "GET", OCI_LIST)[1]["items"]
    assert item["metadata"] == {"name": "packs", "uid": body["uid"]}
    one = f"/v1/registries/oci/{body['uid']}/basic"
    assert asked(api, "GET", one)[1]["spec"]["providerType"] == "pack"
    assert asked(api, "GET", f"{ALL}/{body['uid']}")[0] == 404, (
        "the two kinds do not see each other"
    )
    assert asked(api, "GET", ALL)[1]["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", OCI, {"metadata": {"name": "packs"}, "spec": SPEC}, 400),
        ("POST", ALL, {"metadata": {"name": "packs"}, "spec": OCI_SPEC}, 400),
        ("POST", f"{OCI}/validate", {**OCI_SPEC, "providerType": "images"}, 400),
        ("POST", f"{OCI}/validate", {**OCI_SPEC, "isSyncSupported": "true"}, 400),
        ("POST", f"{OCI}/validate", {**OCI_SPEC, "registryUid": ""}, 400),
        ("GET", f"{OCI_LIST}?limit=50", None, 400),
        ("GET", OCI, None, 404),
        (
            "PUT",
            f"/v1/registries/oci/{'0' * 24}/basic",
            {"metadata": {"name": "packs"}, "spec": OCI_SPEC},
            404,
        ),
    ],
)
def test_what_is_not_documented_of_oci_registries_is_refused(
    method: str, path: str, body: Any, status: int, api: PaletteApi
) -> None:
    assert asked(api, method, path, body)[0] == status
    assert api.registrations == {}


PLACES = [(), ("auth",), ("auth", "tls")]


@pytest.mark.parametrize("place", PLACES, ids=".".join)
@pytest.mark.parametrize("how", ["unknown", "missing", "of another type"])
def test_a_body_with_anything_else_is_refused(
    how: str, place: tuple[str, ...], api: PaletteApi
) -> None:
    spec = copy.deepcopy(SPEC)
    group: Any = spec
    for part in place:
        group = group[part]
    field = next(iter(group))
    if how == "missing":
        del group[field]
    else:
        group["unknown" if how == "unknown" else field] = 1
    for path, body in (
        (f"{ALL}/validate", spec),
        (ALL, {"metadata": {"name": "packs"}, "spec": spec}),
    ):
        status, told = asked(api, "POST", path, body)
        assert (status, set(told)) == (400, {"code", "message", "details", "ref"}), (
            "as Palette words its errors"
        )
    assert api.registrations == {}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", ALL, {"ApiKey": "wrong"}, 401),
        ("GET", ALL, {"ProjectUid": "somebody else's"}, 403),
        ("GET", ALL, {"X-Unknown": "1"}, 400),
        ("GET", f"{ALL}?limit=51", {}, 400),
        ("GET", f"{ALL}?limit=x", {}, 400),
        ("GET", f"{ALL}?offset=-1", {}, 400),
        ("GET", f"{ALL}?page=1", {}, 400),
        ("GET", f"{ALL}/{'0' * 24}", {}, 404),
        ("GET", "/v1/registries/packs", {}, 404),
        ("POST", f"{ALL}/validate?x=1", {}, 400),
    ],
)
def test_a_request_that_is_not_documented_is_refused(
    method: str, path: str, headers: dict[str, str], status: int, api: PaletteApi
) -> None:
    assert asked(api, method, path, SPEC if method == "POST" else None, **headers)[0] == status


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
def test_a_body_that_makes_no_sense_is_refused(change: dict[str, Any], api: PaletteApi) -> None:
    assert asked(api, "POST", f"{ALL}/validate", {**SPEC, **change})[0] == 400


def test_scopes_do_not_see_each_other(api: PaletteApi) -> None:
    uid = api.add("packs", project=PROJECT)
    assert asked(api, "GET", f"{ALL}/{uid}")[0] == 404
    assert asked(api, "GET", f"{ALL}/{uid}", ProjectUid=PROJECT)[0] == 200


@pytest.mark.parametrize("query", ["", "?forceSync=true", "?forceSync=false&x=1"])
def test_a_sync_takes_its_one_parameter(query: str, api: PaletteApi) -> None:
    path = f"{ALL}/{api.add('packs')}/sync"
    assert asked(api, "POST", path + query)[0] == 400
    assert asked(api, "POST", f"{path}?forceSync=false")[0] == 202
