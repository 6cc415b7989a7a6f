"""The provider of the registration: requests of each operation, and what it reads back."""

from __future__ import annotations

import base64
import pickle
import sys
from collections.abc import Callable
from typing import Any

import pytest
from pulumi.dynamic import dynamic as sdk
from syrupy.assertion import SnapshotAssertion

from common.errors import UserError
from palette.client.errors import PaletteError
from palette.properties import UPDATABLE
from palette.registration import RegistrationProvider
from tests.palette.conftest import configured, error_of
from tests.support.palette.registrations import MASK
from tests.support.palette.stub import API_KEY, PaletteStub
from tests.support.palette.values import (
    CLIENT_CERTIFICATE_FIELDS,
    OCI_FIELDS,
    PACK_OUTPUT,
)

CREATE, ITEM = "/v1/registries/pack", "/v1/registries/pack/[^/]+"
Values = Callable[..., dict[str, Any]]


def test_create(provider: RegistrationProvider, api: PaletteStub, props: Values) -> None:
    result = provider.create(props())
    assert [(request.method, request.path) for request in api.requests] == [
        ("POST", f"{CREATE}/validate"),
        ("GET", CREATE),
        ("POST", CREATE),
    ]
    assert result.outs == {**props(), "uid": next(iter(api.registrations))}


def test_failed_validation(provider: RegistrationProvider, api: PaletteStub, props: Values) -> None:
    api.probe = lambda _: "x509: certificate has expired"
    message = error_of(PaletteError, provider.create, props())
    assert '400 PackRegistryValidationFailed, "x509: certificate has expired' in message
    assert api.registrations == {}
    state = {**props(), "uid": api.add("packs")}
    before = dict(api.only_spec())
    error_of(PaletteError, provider.update, "packs", state, props(password="another"))
    assert api.only_spec() == before, "a working registration is not broken"


@pytest.mark.parametrize("key", UPDATABLE)
def test_update_in_place(
    key: str, provider: RegistrationProvider, props: Values, create: Values
) -> None:
    state = create(**CLIENT_CERTIFICATE_FIELDS)
    value = state[key]
    changed: Any = f"{value}x"
    if isinstance(value, bool):
        changed = not value
    elif isinstance(value, dict):
        state[key] = {**value, "private": False}
        changed = value
    inputs = props(**{**CLIENT_CERTIFICATE_FIELDS, key: changed})
    difference = provider.diff("packs", state, inputs)
    assert (difference.changes, difference.replaces) == (True, []), "profiles refer to the UID"
    after = provider.update("packs", state, inputs).outs or {}
    assert after == {**inputs, "uid": state["uid"]}
    assert provider.diff("packs", after, inputs).changes is False


@pytest.mark.parametrize(
    "change",
    [
        {"name": "renamed"},
        {"paletteHost": "https://palette.example.com"},
        {"providerType": "pack"},
        {"importUid": "6a1f0c2d9b3e4f5a6b7c8d9e"},
    ],
)
def test_replacement(
    change: dict[str, str], provider: RegistrationProvider, props: Values, create: Values
) -> None:
    difference = provider.diff("packs", create(), props(**change))
    assert (difference.changes, difference.replaces) == (True, list(change))


def test_renamed_in_console(
    provider: RegistrationProvider, api: PaletteStub, props: Values, create: Values
) -> None:
    state = create()
    api.registrations[state["uid"]].name = "renamed"
    found = provider.read("packs", state).outs or {}
    assert provider.diff("packs", found, props()).replaces == ["name"], "names cannot be updated"


@pytest.mark.parametrize("masks", [True, False])
def test_password_not_read(
    masks: bool, provider: RegistrationProvider, api: PaletteStub, create: Values
) -> None:
    api.masks = masks
    state = create()
    api.only_spec()["auth"]["password"] = "changed in the console"
    found = provider.read("packs", state)
    assert found.outs == state, "the mask would be a change at every refresh"
    assert MASK not in str(found.outs)


def test_client_certificate_not_read(
    provider: RegistrationProvider, api: PaletteStub, create: Values
) -> None:
    state = create(**CLIENT_CERTIFICATE_FIELDS)
    tls = api.only_spec()["auth"]["tls"]
    assert tls["certificate"] == CLIENT_CERTIFICATE_FIELDS["clientCertificate"]
    assert tls["key"] == CLIENT_CERTIFICATE_FIELDS["clientKey"]
    tls |= {"certificate": MASK, "key": MASK}
    assert provider.read("packs", state).outs == state
    del tls["key"]
    assert (provider.read("packs", state).outs or {})["clientKey"] == "", "removed in the console"


def test_drift_reverted(
    provider: RegistrationProvider, api: PaletteStub, props: Values, create: Values
) -> None:
    state = create()
    api.only_spec()["auth"]["tls"]["ca"] = "CA of someone else"
    found = provider.read("packs", state).outs or {}
    assert found["caCertificate"] == "CA of someone else"
    assert provider.diff("packs", found, props()).changes is True
    provider.update("packs", found, props())
    assert api.only_spec()["auth"]["tls"]["ca"] == PACK_OUTPUT["caCertificate"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"ca": ""}, "caCertificate"),
        ({"enabled": False}, "fixedSpec"),
    ],
)
def test_cleared_tls_setting(
    change: dict[str, Any],
    key: str,
    provider: RegistrationProvider,
    api: PaletteStub,
    props: Values,
    create: Values,
) -> None:
    state = create()
    api.only_spec()["auth"]["tls"] |= change
    found = provider.read("packs", state).outs or {}
    assert found[key] != state[key]
    difference = provider.diff("packs", found, props())
    assert (difference.changes, difference.replaces) == (True, [])
    after = provider.update("packs", found, props()).outs or {}
    assert provider.read("packs", after).outs == after


def test_removed_registration(
    provider: RegistrationProvider, api: PaletteStub, props: Values, create: Values
) -> None:
    state = create()
    api.registrations.clear()
    assert provider.read("packs", state).id == "", "Pulumi creates it again"
    changed = props(password="another")
    message = error_of(PaletteError, provider.update, "packs", state, changed)
    assert "404 ResourceNotFound" in message
    assert "`pulumi up --refresh`, as `make register` does" in message
    provider.delete("packs", state)


def test_page_with_status_404(
    provider: RegistrationProvider, api: PaletteStub, create: Values
) -> None:
    state = create()
    api.fail("GET", ITEM, 404, body=b"<html>Not Found</html>")
    assert "not Palette's answer" in error_of(PaletteError, provider.read, "packs", state)
    api.fail("DELETE", ITEM, 404, body=b"<html>Not Found</html>")
    assert "not Palette's answer" in error_of(PaletteError, provider.delete, "packs", state)
    assert list(api.registrations) == [state["uid"]]


def test_delete_of_used_registry(
    provider: RegistrationProvider, api: PaletteStub, create: Values
) -> None:
    state = create()
    api.in_use = True
    message = error_of(PaletteError, provider.delete, "packs", state)
    assert "RegistryInUse" in message
    assert "production" in message, "the details name the profiles"
    assert "remove these packs from the profiles" in message


def test_oci_lifecycle(
    provider: RegistrationProvider, api: PaletteStub, props: Values, create: Values
) -> None:
    state = create(**OCI_FIELDS)
    uid, spec = state["uid"], api.only_spec()
    assert {key: spec[key] for key in OCI_FIELDS} == OCI_FIELDS
    assert spec["isSyncSupported"] is True
    assert "private" not in spec, "only pack registries have the field"
    assert provider.read("packs", state).outs == state
    changed = props(**{**OCI_FIELDS, "baseContentPath": "elsewhere"})
    assert provider.diff("packs", state, changed).replaces == []
    after = provider.update("packs", state, changed).outs or {}
    assert (after["uid"], api.only_spec()["baseContentPath"]) == (uid, "elsewhere")
    provider.delete("packs", after)
    assert api.registrations == {}
    basic, item = "/v1/registries/oci/basic", f"/v1/registries/oci/{uid}/basic"
    assert [(request.method, request.path) for request in api.requests] == [
        ("POST", f"{basic}/validate"),
        ("GET", "/v1/registries/oci/summary"),
        ("POST", basic),
        ("GET", item),
        ("POST", f"{basic}/validate"),
        ("PUT", item),
        ("DELETE", item),
    ]


def test_oci_drift(provider: RegistrationProvider, api: PaletteStub, create: Values) -> None:
    state = create(**OCI_FIELDS)
    api.only_spec()["baseContentPath"] = "elsewhere"
    assert (provider.read("packs", state).outs or {})["baseContentPath"] == "elsewhere"


def test_missing_api_key(api: PaletteStub, props: Values, snapshot: SnapshotAssertion) -> None:
    assert error_of(UserError, configured(None).create, props()) == snapshot
    assert api.requests == []


def test_pickled_provider(provider: RegistrationProvider) -> None:
    pickled = sdk.serialize_provider(provider)
    assert pickled == sdk.serialize_provider(RegistrationProvider())
    assert pickled == sdk.serialize_provider(configured("another key"))
    content = base64.b64decode(pickled)
    assert API_KEY.encode() not in content
    assert b"/" not in content.replace(b"'..'", b""), "a path exists only on this machine"
    assert len(content) < 300, "code differs between Python versions"
    path = list(sys.path)
    assert isinstance(pickle.loads(content), RegistrationProvider)
    sys.path[:] = path
    assert RegistrationProvider.serialize_as_secret_always is False, "it contains no secret"
