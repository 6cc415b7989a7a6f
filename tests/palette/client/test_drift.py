"""Drift: differences between a registration and what Palette has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from palette.client.api import FoundRegistration, Registration
from palette.client.http import PaletteClient
from tests.palette.client.conftest import OCI_REGISTRATION, REGISTRATION
from tests.support.palette.stub import PaletteStub
from tests.support.palette.values import CA

PACK = replace(REGISTRATION, client_certificate="PEM of a client", client_key="a key")
OCI = replace(OCI_REGISTRATION, base_path="v2")
CHANGES: dict[str, Any] = {
    "metadata.name": "renamed",
    "spec.endpoint": "https://elsewhere.example.com",
    "spec.auth.type": "noAuth",
    "spec.auth.username": "another",
    "spec.auth.tls.enabled": False,
    "spec.auth.tls.ca": "CA of someone else",
    "spec.auth.tls.certificate": "another certificate",
    "spec.auth.tls.key": "another key",
    "spec.auth.tls.insecureSkipVerify": True,
}
PACK_CHANGES = {**CHANGES, "spec.private": False}
OCI_CHANGES = {
    **CHANGES,
    "spec.providerType": "helm",
    "spec.basePath": "v3",
    "spec.baseContentPath": "elsewhere",
}
CLEARED = (
    "spec.auth.type",
    "spec.auth.username",
    "spec.auth.tls",
    "spec.auth.tls.ca",
    "spec.auth.tls.certificate",
    "spec.auth.tls.key",
)
OCI_CLEARED = ("spec.providerType", "spec.basePath", "spec.baseContentPath")


def unchanged(registration: Registration) -> FoundRegistration:
    return FoundRegistration(registration, registration.fixed_spec)


def stored(client: PaletteClient, registration: Registration) -> dict[str, Any]:
    body = client.read(client.create(registration))
    assert body is not None
    return body


def with_change(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Change a field of a body. None removes it."""
    *parents, field = path.split(".")
    group: Any = body
    for parent in parents:
        group = group[parent]
    if value is None:
        del group[field]
    else:
        group[field] = value
    return body


@pytest.mark.parametrize("path", PACK_CHANGES)
def test_changed_pack_registry(path: str, client: PaletteClient) -> None:
    body = with_change(stored(client, PACK), path, PACK_CHANGES[path])
    assert PACK.as_found(body) != unchanged(PACK)


@pytest.mark.parametrize("path", OCI_CHANGES)
def test_changed_oci_registry(path: str, oci_client: PaletteClient) -> None:
    body = with_change(stored(oci_client, OCI), path, OCI_CHANGES[path])
    assert OCI.as_found(body) != unchanged(OCI)


@pytest.mark.parametrize("path", CLEARED)
def test_cleared_field(path: str, client: PaletteClient) -> None:
    body = with_change(stored(client, PACK), path, None)
    assert PACK.as_found(body) != unchanged(PACK), "Palette leaves out empty fields"


@pytest.mark.parametrize("path", OCI_CLEARED)
def test_cleared_oci_field(path: str, oci_client: PaletteClient) -> None:
    body = with_change(stored(oci_client, OCI), path, None)
    assert OCI.as_found(body) != unchanged(OCI)


def test_disabled_sync(oci_client: PaletteClient) -> None:
    body = with_change(stored(oci_client, OCI), "spec.isSyncSupported", None)
    assert OCI.as_found(body) == unchanged(OCI), "the status also has the field"
    body["status"]["syncStatus"]["isSyncSupported"] = False
    assert OCI.as_found(body) != unchanged(OCI)


@pytest.mark.parametrize("registration", [PACK, REGISTRATION], ids=["full", "empty fields"])
def test_unchanged_pack_registry(registration: Registration, client: PaletteClient) -> None:
    assert registration.as_found(stored(client, registration)) == unchanged(registration)


@pytest.mark.parametrize("registration", [OCI, OCI_REGISTRATION], ids=["full", "empty fields"])
def test_unchanged_oci_registry(registration: Registration, oci_client: PaletteClient) -> None:
    assert registration.as_found(stored(oci_client, registration)) == unchanged(registration)


@pytest.mark.parametrize("skip", [True, False])
def test_unchanged_registry_without_tls(skip: bool, client: PaletteClient) -> None:
    plain = replace(REGISTRATION, endpoint="http://registry", ca_certificate="")
    plain = replace(plain, insecure_skip_verify=skip)
    assert plain.as_found(stored(client, plain)) == unchanged(plain)


def test_masked_values(client: PaletteClient) -> None:
    body = stored(client, PACK)
    assert body["spec"]["auth"]["password"] == "********"
    body["spec"]["auth"]["tls"] |= {"certificate": "********", "key": "****"}
    assert PACK.as_found(body) == unchanged(PACK)


def test_whitespace(api: PaletteStub, client: PaletteClient) -> None:
    body = stored(client, PACK)
    body["spec"]["auth"]["tls"]["ca"] = CA.strip().replace("\n", "\r\n")
    body["spec"]["endpoint"] += "/"
    assert PACK.as_found(body) == unchanged(PACK)


@pytest.mark.parametrize("path", ["spec", "spec.auth", "metadata"])
def test_missing_object(path: str, client: PaletteClient) -> None:
    body = with_change(stored(client, PACK), path, None)
    assert PACK.as_found(body) == unchanged(PACK), "the response does not say anything about it"
