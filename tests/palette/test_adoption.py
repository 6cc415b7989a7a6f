"""Registrations that this stack did not create: conflicts, adoption by name, import by UID."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from palette.registration import NameConflictError, RegistrationImportError, RegistrationProvider
from tests.palette.conftest import error_of
from tests.support.palette.stub import PaletteStub
from tests.support.palette.values import OCI_FIELDS, PACK_OUTPUT

CREATE, ITEM = "/v1/registries/pack", "/v1/registries/pack/[^/]+"
Values = Callable[..., dict[str, Any]]


def test_name_conflict(
    provider: RegistrationProvider, api: PaletteStub, props: Values, snapshot: SnapshotAssertion
) -> None:
    uid = api.add("packs", endpoint=PACK_OUTPUT["endpoint"])
    message = error_of(NameConflictError, provider.create, props())
    assert message.replace(uid, "6a1f0c2d9b3e4f5a6b7c8d9e") == snapshot
    assert api.count("PUT", ITEM) == api.count("POST", CREATE) == 0


def test_adoption(provider: RegistrationProvider, api: PaletteStub, create: Values) -> None:
    uid = api.add("packs")
    assert create(adoptExisting=True)["uid"] == uid
    assert api.only_spec()["auth"]["password"] == PACK_OUTPUT["password"]
    assert api.count("POST", CREATE) == 0


def test_adopt_existing_is_not_a_change(
    provider: RegistrationProvider, props: Values, create: Values
) -> None:
    assert provider.diff("packs", create(), props(adoptExisting=True)).changes is False


@pytest.mark.parametrize("adopt", [True, False])
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"kind": "ecr"}, "it is an OCI registry of type ecr"),
        ({"kind": "oci", "provider_type": "helm"}, "it is an OCI registry for helm"),
        ({"kind": "oci", "scope": "system"}, "it has the scope system"),
    ],
)
def test_other_kind_not_adopted(
    options: dict[str, str],
    reason: str,
    adopt: bool,
    provider: RegistrationProvider,
    api: PaletteStub,
    props: Values,
) -> None:
    uid = api.add("packs", **options)
    inputs = props(**OCI_FIELDS, adoptExisting=adopt)
    message = error_of(NameConflictError, provider.create, inputs)
    assert f"(UID {uid})" in message
    assert f"It cannot be taken over, because {reason}. Change registrationName." in message
    assert [request.method for request in api.requests if request.method == "PUT"] == []


def test_registration_of_other_kind_at_same_path(
    provider: RegistrationProvider, api: PaletteStub, props: Values
) -> None:
    uid = api.add("packs", kind="oci")
    body = {"spec": {"providerType": "helm", "scope": "tenant"}}
    api.fail("GET", f"/v1/registries/oci/{uid}/basic", 200, body=body)
    inputs = props(**OCI_FIELDS, adoptExisting=True)
    message = error_of(NameConflictError, provider.create, inputs)
    assert "it is an OCI registry for helm" in message, "the list may say too little"


@pytest.mark.parametrize("fields", [{}, OCI_FIELDS], ids=["pack", "oci"])
def test_import(fields: dict[str, Any], api: PaletteStub, create: Values) -> None:
    api.add("others", kind="oci" if fields else "pack")
    uid = api.add("packs", kind="oci" if fields else "pack")
    state = create(**fields, importUid=uid)
    assert state["uid"] == uid
    assert api.registrations[uid].spec["endpoint"] == PACK_OUTPUT["endpoint"]
    assert api.count("POST", CREATE) == api.count("GET", CREATE) == 0


def test_imported_registration_unchanged(
    provider: RegistrationProvider, api: PaletteStub, props: Values, create: Values
) -> None:
    uid = api.add("packs")
    state = create(importUid=uid)
    assert provider.diff("packs", state, props(importUid=uid)).changes is False
    assert provider.diff("packs", state, props()).changes is False, "the setting may be removed"


def test_import_errors(
    provider: RegistrationProvider, api: PaletteStub, props: Values, snapshot: SnapshotAssertion
) -> None:
    uids = {
        "missing": "0" * 24,
        "other kind": api.add("packs", kind="oci"),
        "other name": api.add("others"),
        "other scope": api.add("packs", scope="system"),
    }
    messages = []
    for case, uid in uids.items():
        message = error_of(RegistrationImportError, provider.create, props(importUid=uid))
        messages.append(f"{case}: {message.replace(uid, '6a1f0c2d9b3e4f5a6b7c8d9e')}\n")
    assert "\n".join(messages) == snapshot
    assert api.count("PUT", ITEM) == 0


def test_same_name_in_other_kind(api: PaletteStub, create: Values) -> None:
    pack = api.add("packs")
    oci = create(**OCI_FIELDS)["uid"]
    assert set(api.registrations) == {pack, oci}
