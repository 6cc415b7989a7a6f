"""Requests that create a registration and have no response: neither a duplicate nor an orphan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from palette.client.errors import PaletteError
from palette.registration import NameConflictError, RegistrationProvider
from tests.support.palette.stub import PaletteStub
from tests.support.palette.values import OCI_FIELDS

CREATE = "/v1/registries/pack"
ELSEWHERE = "https://elsewhere.example.com"
Values = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("processed", [True, False])
@pytest.mark.parametrize(
    "failure", [{"drop": True}, {"status": 503}, {"status": 502, "body": b"<html>"}]
)
def test_one_registration(
    failure: dict[str, Any], processed: bool, api: PaletteStub, create: Values
) -> None:
    api.fail("POST", CREATE, processed=processed, **failure)
    uid = create()["uid"]
    assert list(api.registrations) == [uid]
    assert api.count("POST", CREATE) == (1 if processed else 2)


@pytest.mark.parametrize("conflict_status", [400, 409, 500])
def test_first_request_arrives_late(conflict_status: int, api: PaletteStub, create: Values) -> None:
    api.conflict_status = conflict_status
    api.fail("POST", CREATE, drop=True, processed=True)
    api.fail("GET", CREATE, 200, body={"items": []}, times=2)  # the list does not have it yet
    uid = create()["uid"]
    assert list(api.registrations) == [uid]
    assert api.count("POST", CREATE) == 2, "Palette rejected the name of the second request"


def test_other_registration_not_mistaken(
    provider: RegistrationProvider, api: PaletteStub, props: Values
) -> None:
    api.fail("POST", CREATE, drop=True)
    api.fail("GET", CREATE, 200, body={"items": []})
    api.add("packs", endpoint=ELSEWHERE)
    with pytest.raises(PaletteError, match="409 ResourceAlreadyExists"):
        provider.create(props())
    assert api.only_spec()["endpoint"] == ELSEWHERE


def test_permanent_failure(provider: RegistrationProvider, api: PaletteStub, props: Values) -> None:
    api.fail("POST", CREATE, 503, times=9)
    with pytest.raises(PaletteError, match="Palette failed to register packs"):
        provider.create(props())
    assert (api.registrations, api.count("POST", CREATE)) == ({}, 3)


def test_oci_registration_found(api: PaletteStub, create: Values) -> None:
    api.fail("POST", "/v1/registries/oci/basic", drop=True, processed=True)
    assert create(**OCI_FIELDS)["uid"] == next(iter(api.registrations))
    assert api.count("POST", "/v1/registries/oci/basic") == 1


@pytest.fixture
def create_unconfirmed(api: PaletteStub, create: Values) -> Values:
    """Create a registration whose UID is unknown and return its state."""

    def create_it(*, processed: bool) -> dict[str, Any]:
        api.fail("POST", CREATE, drop=True, processed=processed)
        api.fail("GET", CREATE, 200, body={"items": []})
        api.fail("GET", CREATE, 503, times=3)
        state = create()
        assert state["uid"] == ""
        return state

    return create_it


@pytest.mark.parametrize("processed", [True, False])
def test_next_update_searches(
    processed: bool,
    provider: RegistrationProvider,
    api: PaletteStub,
    props: Values,
    create_unconfirmed: Values,
) -> None:
    state = create_unconfirmed(processed=processed)
    assert provider.diff("packs", state, props()).changes is True
    assert provider.read("packs", state).outs == state, "a refresh does not change it"
    after = provider.update("packs", state, props()).outs or {}
    assert list(api.registrations) == [after["uid"]]
    assert provider.diff("packs", after, props()).changes is False


def test_next_update_conflict(
    provider: RegistrationProvider, api: PaletteStub, props: Values, create_unconfirmed: Values
) -> None:
    state = create_unconfirmed(processed=False)
    api.add("packs", endpoint=ELSEWHERE)
    with pytest.raises(NameConflictError):
        provider.update("packs", state, props())
    provider.delete("packs", state)
    assert len(api.registrations) == 1, "the registration of another owner stays"


def test_delete(
    provider: RegistrationProvider, api: PaletteStub, create_unconfirmed: Values
) -> None:
    provider.delete("packs", create_unconfirmed(processed=True))
    assert api.registrations == {}


def test_rename(
    provider: RegistrationProvider, api: PaletteStub, props: Values, create_unconfirmed: Values
) -> None:
    state = create_unconfirmed(processed=True)
    renamed = props(name="renamed")
    assert provider.diff("packs", state, renamed).replaces == ["name"]
    after = provider.create(renamed).outs or {}
    provider.delete("packs", state)
    assert list(api.registrations) == [after["uid"]]


@pytest.mark.parametrize("body", [{"code": "OperationFailed"}, b"<html>"])
def test_no_second_request_after_status_500(
    body: Any, provider: RegistrationProvider, api: PaletteStub, props: Values
) -> None:
    api.fail("POST", CREATE, 500, body=body)
    with pytest.raises(PaletteError):
        provider.create(props())
    assert api.count("POST", CREATE) == 1
