"""Requests of the client: bodies, scope, pages, and how responses are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from palette.client.api import Registration, name_of, uid_of
from palette.client.http import PaletteClient
from tests.palette.client.conftest import CREATE, ITEM, QUICK, REGISTRATION
from tests.support.palette.stub import API_KEY, PROJECT, PaletteStub
from tests.support.palette.values import CA

TLS = {"enabled": True, "ca": CA, "certificate": "", "key": "", "insecureSkipVerify": False}


def test_lifecycle(api: PaletteStub, client: PaletteClient) -> None:
    client.validate(REGISTRATION)
    uid = client.create(REGISTRATION)
    assert [request.path for request in api.requests] == [f"{CREATE}/validate", CREATE]
    validated, created = (request.body for request in api.requests)
    assert validated == REGISTRATION.spec == created["spec"], "what is validated is created"
    found = client.read(uid)
    assert found is not None
    assert (uid_of(found), name_of(found)) == (uid, "packs")
    client.update(uid, replace(REGISTRATION, password="another"))
    assert api.only_spec()["auth"]["password"] == "another"
    client.delete(uid, "packs")
    assert client.read(uid) is None
    client.delete(uid, "packs")
    assert api.count("DELETE", ITEM) == 2, "a missing registration is not an error"


def test_body() -> None:
    assert REGISTRATION.entity == {
        "metadata": {"name": "packs"},
        "spec": {
            "endpoint": "https://registry.example.com",
            "auth": {
                "type": "basic",
                "username": "admin",
                "password": "MARKER of a password",
                "tls": TLS,
            },
            "name": "packs",
            "private": True,
            "scope": "tenant",
        },
    }


@pytest.mark.parametrize("skip", [True, False])
def test_body_without_tls(skip: bool) -> None:
    plain = replace(REGISTRATION, endpoint="http://registry", ca_certificate="")
    spec = replace(plain, insecure_skip_verify=skip).spec
    assert spec["auth"]["tls"] == {
        **TLS,
        "enabled": False,
        "ca": "",
        "insecureSkipVerify": skip,
    }, "only the setting skips the verification"


def test_body_with_public_certificate(api: PaletteStub, client: PaletteClient) -> None:
    client.create(replace(REGISTRATION, ca_certificate=""))
    assert api.only_spec()["auth"]["tls"] == {**TLS, "ca": ""}, "still verified"


def test_scope(api: PaletteStub, client: PaletteClient) -> None:
    client.find("packs")
    assert "ProjectUid" not in api.requests[-1].headers, "without the header, it is the tenant"
    project = PaletteClient(api.host, API_KEY, PROJECT, QUICK)
    project.create(replace(REGISTRATION, scope="project"))
    assert api.requests[-1].headers["ProjectUid"] == PROJECT
    assert project.find("packs") is not None
    assert client.find("packs") is None


@pytest.mark.parametrize("page_size", [1, 7, 50])
def test_find_on_any_page(page_size: int, api: PaletteStub, client: PaletteClient) -> None:
    api.page_size = page_size
    uids = [api.add(f"registry-{number}") for number in range(12)]
    for number in (0, 6, 7, 11):
        assert uid_of(client.find(f"registry-{number}") or {}) == uids[number]
    assert client.find("registry") is None, "only the whole name matches"


@pytest.mark.parametrize("listmeta", [["a list"], None, "text"])
def test_find_with_invalid_listmeta(listmeta: Any, api: PaletteStub, client: PaletteClient) -> None:
    page = {"items": [{"metadata": {"name": "packs", "uid": "6a1f"}}], "listmeta": listmeta}
    api.fail("GET", CREATE, 200, body=page, times=2)
    assert uid_of(client.find("packs") or {}) == "6a1f"
    assert client.find("others") is None


def test_find_without_items(api: PaletteStub, client: PaletteClient) -> None:
    api.fail("GET", CREATE, 200, body={"items": None})
    assert client.find("packs") is None, "Go encodes an empty list as null"


def test_unknown_response_fields(api: PaletteStub, client: PaletteClient) -> None:
    api.extra_fields = True
    uid = client.create(REGISTRATION)
    assert uid_of(client.find("packs") or {}) == uid
    assert REGISTRATION.as_found(client.read(uid) or {}) == REGISTRATION
    assert client.sync_status(uid, "packs").supported is True


def test_no_drift(api: PaletteStub, client: PaletteClient) -> None:
    uid = client.create(REGISTRATION)
    api.only_spec()["auth"]["tls"]["ca"] = CA.strip().replace("\n", "\r\n")
    api.only_spec()["endpoint"] += "/"
    found = REGISTRATION.as_found(client.read(uid) or {})
    assert found == REGISTRATION, "a masked password and whitespace are not drift"
    assert REGISTRATION.as_found({}) == REGISTRATION, "nor is a missing value"


@pytest.mark.parametrize(
    "path",
    [
        "metadata.name",
        "spec.endpoint",
        "spec.auth.username",
        "spec.auth.tls.ca",
        "spec.auth.tls.enabled",
        "spec.auth.tls.insecureSkipVerify",
    ],
)
def test_drift(path: str, api: PaletteStub, client: PaletteClient) -> None:
    body = client.read(client.create(REGISTRATION)) or {}
    *parents, field = path.split(".")
    group: Any = body
    for parent in parents:
        group = group[parent]
    group[field] = not group[field] if isinstance(group[field], bool) else "something else"
    assert REGISTRATION.as_found(body) != REGISTRATION


def test_likely_registration(api: PaletteStub, client: PaletteClient) -> None:
    body = client.read(client.create(REGISTRATION)) or {}
    assert REGISTRATION.is_likely(body)
    others: list[Registration] = [
        replace(REGISTRATION, name="others"),
        replace(REGISTRATION, endpoint="https://elsewhere.example.com"),
        replace(REGISTRATION, username="another"),
    ]
    assert [other.is_likely(body) for other in others] == [False, False, False]


def test_redirect_not_followed(api: PaletteStub, client: PaletteClient) -> None:
    api.fail("GET", CREATE, 307)
    with pytest.raises(Exception, match="Redirects are not followed"):
        client.find("packs")
    assert [request.path for request in api.requests] == [CREATE], "it would forward the API key"


def test_netrc_login_not_sent(
    api: PaletteStub, client: PaletteClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password MARKER\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client.find("packs")
    assert "Authorization" not in api.requests[0].headers
