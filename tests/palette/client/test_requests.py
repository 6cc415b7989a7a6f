"""Requests of the client: bodies, scope, pages, and how responses are read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from palette.client.api import FoundRegistration, Registration, name_of, uid_of
from palette.client.errors import PaletteError
from palette.client.http import PaletteClient
from tests.palette.client.conftest import CREATE, ITEM, OCI_REGISTRATION, REGISTRATION
from tests.support.palette.stub import PaletteStub
from tests.support.palette.values import CA

TLS = {"enabled": True, "ca": CA, "certificate": "", "key": "", "insecureSkipVerify": False}
UNCHANGED = FoundRegistration(REGISTRATION, REGISTRATION.fixed_spec)


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
    expected = {**TLS, "enabled": skip, "ca": "", "insecureSkipVerify": skip}
    assert spec["auth"]["tls"] == expected, "insecureSkipVerify has no effect without enabled"


def test_body_with_public_certificate(api: PaletteStub, client: PaletteClient) -> None:
    client.create(replace(REGISTRATION, ca_certificate=""))
    assert api.only_spec()["auth"]["tls"] == {**TLS, "ca": ""}, "still verified"


def test_tenant_scope(api: PaletteStub, client: PaletteClient) -> None:
    client.create(REGISTRATION)
    assert api.only_spec()["scope"] == "tenant"
    assert "ProjectUid" not in api.requests[-1].headers


def test_create_starts_no_sync(api: PaletteStub, client: PaletteClient) -> None:
    client.create(REGISTRATION)
    assert api.requests[-1].query == {"skipPackSync": "true"}
    assert api.syncs == []


@pytest.mark.parametrize("page_size", [1, 7, 50])
def test_find_on_any_page(page_size: int, api: PaletteStub, client: PaletteClient) -> None:
    api.page_size = page_size
    uids = [api.add(f"registry-{number}") for number in range(12)]
    for number in (0, 6, 7, 11):
        found = client.find(replace(REGISTRATION, name=f"registry-{number}"))
        assert uid_of(found or {}) == uids[number]
    assert client.find(replace(REGISTRATION, name="registry")) is None, "the whole name matches"


@pytest.mark.parametrize("listmeta", [["a list"], None, "text"])
def test_find_with_invalid_listmeta(listmeta: Any, api: PaletteStub, client: PaletteClient) -> None:
    page = {"items": [{"metadata": {"name": "packs", "uid": "6a1f"}}], "listmeta": listmeta}
    api.fail("GET", CREATE, 200, body=page, times=2)
    assert uid_of(client.find(REGISTRATION) or {}) == "6a1f"
    assert client.find(replace(REGISTRATION, name="others")) is None


def test_find_without_items(api: PaletteStub, client: PaletteClient) -> None:
    api.fail("GET", CREATE, 200, body={"items": None})
    assert client.find(REGISTRATION) is None, "Go encodes an empty list as null"


def test_find_suitable_registration(api: PaletteStub, oci_client: PaletteClient) -> None:
    api.add("packs", kind="ecr")
    api.add("packs", kind="oci", provider_type="helm")
    uid = api.add("packs", kind="oci")
    assert uid_of(oci_client.find(OCI_REGISTRATION) or {}) == uid


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, ""),
        ({"provider_type": "helm"}, "it is an OCI registry for helm"),
        ({"provider_type": "zarf"}, "it is an OCI registry for zarf"),
        ({"provider_type": ""}, "it is an OCI registry for helm"),
        ({"kind": "ecr"}, "it is an OCI registry of type ecr"),
        ({"scope": "system"}, "it has the scope system"),
    ],
)
def test_mismatch(
    options: dict[str, str], reason: str, api: PaletteStub, oci_client: PaletteClient
) -> None:
    api.add("packs", **{"kind": "oci", **options})
    assert OCI_REGISTRATION.mismatch(oci_client.find(OCI_REGISTRATION) or {}) == reason


def test_mismatch_of_system_pack_registry(api: PaletteStub, client: PaletteClient) -> None:
    api.add("packs", scope="system")
    assert REGISTRATION.mismatch(client.find(REGISTRATION) or {}) == "it has the scope system"


def test_count_packs(api: PaletteStub, client: PaletteClient) -> None:
    api.packs = 12
    assert client.count_packs("6a1f", "packs") == 12
    assert api.requests[-1].body == {"filter": {"registryUid": ["6a1f"]}}
    api.fail("POST", "/v1/packs/search", 200, body={"items": []})
    assert client.count_packs("6a1f", "packs") is None


def test_unknown_response_fields(api: PaletteStub, client: PaletteClient) -> None:
    api.extra_fields = True
    uid = client.create(REGISTRATION)
    assert uid_of(client.find(REGISTRATION) or {}) == uid
    assert REGISTRATION.as_found(client.read(uid) or {}) == UNCHANGED
    assert client.sync_status(uid, "packs").supported is True


def test_likely_registration(api: PaletteStub, client: PaletteClient) -> None:
    body = client.read(client.create(REGISTRATION)) or {}
    assert REGISTRATION.is_likely(body)
    others: list[Registration] = [
        replace(REGISTRATION, name="others"),
        replace(REGISTRATION, endpoint="https://elsewhere.example.com"),
        replace(REGISTRATION, username="another"),
    ]
    assert [other.is_likely(body) for other in others] == [False, False, False]
    body["spec"]["scope"] = "system"
    assert not REGISTRATION.is_likely(body)


def test_redirect_not_followed(api: PaletteStub, client: PaletteClient) -> None:
    api.fail("GET", CREATE, 307)
    with pytest.raises(PaletteError, match="Redirects are not followed"):
        client.find(REGISTRATION)
    assert [request.path for request in api.requests] == [CREATE], "it would forward the API key"


def test_netrc_login_not_sent(
    api: PaletteStub, client: PaletteClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password MARKER\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client.find(REGISTRATION)
    assert "Authorization" not in api.requests[0].headers
