"""The registration's provider against a local Palette: what it does when, and what it leaves as it is."""

from __future__ import annotations

import base64
import logging
import pickle
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi import dynamic
from pulumi.dynamic import dynamic as sdk

from common.errors import UserError
from palette import registration
from palette.palette import Patience
from palette.palette_error import PaletteError
from palette.registration import CONTENT, PROJECT, RegistrationProvider
from tests.support.consumer import CLIENT, CONSOLE, NO_MORE, OCI
from tests.support.palette import API_KEY, MASK, PaletteApi, palette_api

ALL, ONE = "/v1/registries/pack", "/v1/registries/pack/[^/]+"
QUICK = Patience(tries=3, backoff=0.01, longest_pause=1.0, connect_seconds=2.0, read_seconds=2.0)


@pytest.fixture
def api() -> Iterator[PaletteApi]:
    with palette_api(PaletteApi()) as running:
        yield running


@pytest.fixture
def provider() -> RegistrationProvider:
    return configured(API_KEY)


def configured(key: str | None) -> RegistrationProvider:
    made = RegistrationProvider(QUICK, pause=lambda _: None)
    config = {} if key is None else {f"{PROJECT}:paletteApiKey": key}
    made.configure(
        dynamic.ConfigureRequest(
            dynamic.Config(config, "whatever the host process takes for the project")
        )
    )
    return made


def props(api: PaletteApi, **changes: Any) -> dict[str, Any]:
    """Inputs of a registration."""
    return {
        **CONSOLE,
        **NO_MORE,
        "paletteHost": api.host,
        "projectUid": "",
        "adoptExisting": False,
        **changes,
    }


def made(provider: RegistrationProvider, api: PaletteApi, **changes: Any) -> dict[str, Any]:
    """State of a registration that was made."""
    return dict(provider.create(props(api, **changes)).outs or {})


def told(error: type[UserError], call: Any, *arguments: Any) -> str:
    with pytest.raises(error) as raised:
        call(*arguments)
    return str(raised.value)


def test_a_registration_is_made_after_palette_has_tried_the_registry(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    result = provider.create(props(api))
    assert [(asked.method, asked.path) for asked in api.asked] == [
        ("POST", f"{ALL}/validate"),
        ("GET", ALL),
        ("POST", ALL),
    ]
    assert result.outs == {**props(api), "uid": next(iter(api.registrations))}, (
        "the inputs, and what Palette calls it"
    )


def test_a_registry_that_palette_can_not_use_is_not_registered(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    api.probe = lambda _: "x509: certificate signed by unknown authority"
    text = told(PaletteError, provider.create, props(api))
    assert (
        '400 PackRegistryValidationFailed, "x509: certificate signed by unknown authority"' in text
    )
    assert api.registrations == {}
    state = {**props(api), "uid": api.add("packs")}
    before = api.only()
    told(PaletteError, provider.update, "packs", state, props(api, password="another"))
    assert api.only() == before, "nor is one that works changed into one that does not"


def test_a_registration_of_others_is_refused(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    uid = api.add("packs", CONSOLE["endpoint"])
    assert told(UserError, provider.create, props(api)) == (
        f"Palette has a registration named packs already (UID {uid}), and this stack did not make it; set adoptExisting to true to take it over, "
        "credentials and all, or registrationName to another name. If an update of this stack was killed while it registered, it is the one to "
        "take over."
    )
    assert api.count("PUT", ONE) == api.count("POST", ALL) == 0, (
        "somebody may have filled in the form by hand"
    )


def test_a_registration_of_others_is_taken_over_when_told_so(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    uid = api.add("packs")
    assert made(provider, api, adoptExisting=True)["uid"] == uid
    assert api.only()["auth"]["password"] == CONSOLE["password"]
    assert api.count("POST", ALL) == 0, "in place"


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize(
    "how", [{"drop": True}, {"status": 500}, {"status": 502, "body": b"<html>"}]
)
def test_a_request_without_an_answer_leaves_neither_duplicate_nor_orphan(
    how: dict[str, Any], carried_out: bool, provider: RegistrationProvider, api: PaletteApi
) -> None:
    api.trouble("POST", ALL, carried_out=carried_out, **how)
    uid = made(provider, api)["uid"]
    assert list(api.registrations) == [uid], "one, and it is known"
    assert api.count("POST", ALL) == (1 if carried_out else 2), (
        "it is sent again only where it was not carried out"
    )


@pytest.mark.parametrize("conflict", [400, 409])
def test_a_request_that_arrives_late_is_found_when_the_second_one_is_refused(
    conflict: int, provider: RegistrationProvider, api: PaletteApi
) -> None:
    api.conflict_status = conflict
    api.trouble("POST", ALL, drop=True, carried_out=True)
    api.trouble(
        "GET", ALL, 200, body={"items": []}, times=2
    )  # before, and right after: it is not in the list yet
    uid = made(provider, api)["uid"]
    assert list(api.registrations) == [uid]
    assert api.count("POST", ALL) == 2, "the second was refused for its name"


def test_a_rename_to_a_name_that_others_have_is_refused(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = made(provider, api)
    api.add("theirs")
    text = told(PaletteError, provider.update, "packs", state, props(api, name="theirs"))
    assert text.endswith("choose another registrationName, or remove that one in the console."), (
        "an update takes nothing over"
    )
    assert api.registrations[state["uid"]]["metadata"]["name"] == "packs"


def test_another_registration_of_that_name_is_not_mistaken_for_a_late_one(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    api.trouble("POST", ALL, drop=True)
    api.trouble("GET", ALL, 200, body={"items": []})
    api.add("packs", "https://elsewhere.example.com")
    assert "409 ResourceAlreadyExists" in told(PaletteError, provider.create, props(api))
    assert api.only()["endpoint"] == "https://elsewhere.example.com", (
        "somebody else made it in that moment"
    )


def test_a_request_that_fails_for_good_is_told(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    api.trouble("POST", ALL, 500, times=9)
    assert "Palette failed to register packs" in told(PaletteError, provider.create, props(api))
    assert (api.registrations, api.count("POST", ALL)) == ({}, 3), "bounded"


def unconfirmed(
    provider: RegistrationProvider, api: PaletteApi, *, carried_out: bool
) -> dict[str, Any]:
    """State of a registration of which nobody knows whether it was made."""
    api.trouble("POST", ALL, drop=True, carried_out=carried_out)
    api.trouble("GET", ALL, 200, body={"items": []})
    api.trouble("GET", ALL, 503, times=3)
    state = made(provider, api)
    assert state["uid"] == "", "recorded, with what is known"
    return state


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_registration_of_unknown_outcome_is_looked_for_by_the_next_update(
    carried_out: bool, provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = unconfirmed(provider, api, carried_out=carried_out)
    assert provider.diff("packs", state, props(api)).changes is True, "there is something to do"
    after = provider.update("packs", state, props(api)).outs or {}
    assert list(api.registrations) == [after["uid"]]
    assert provider.diff("packs", after, props(api)).changes is False
    assert provider.read("packs", state).outs == state, "a refresh in between leaves it at that"


def test_what_others_made_meanwhile_is_not_taken_for_one_of_unknown_outcome(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = unconfirmed(provider, api, carried_out=False)
    api.add("packs", "https://elsewhere.example.com")
    assert "already" in told(UserError, provider.update, "packs", state, props(api))
    provider.delete("packs", state)
    assert len(api.registrations) == 1, "nor is it removed"


def test_a_registration_of_unknown_outcome_is_removed_where_it_was_made(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    provider.delete("packs", unconfirmed(provider, api, carried_out=True))
    assert api.registrations == {}


def test_a_registration_of_unknown_outcome_is_found_under_its_old_name(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = unconfirmed(provider, api, carried_out=True)
    after = provider.update("packs", state, props(api, name="renamed")).outs or {}
    assert (list(api.registrations), api.only()["name"]) == ([after["uid"]], "renamed"), (
        "one, whatever was changed in between"
    )


@pytest.mark.parametrize("key", CONTENT)
def test_a_change_is_an_update_in_place(
    key: str, provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = made(provider, api, **CLIENT)
    now = state[key]
    changed = props(api, **{**CLIENT, key: not now if isinstance(now, bool) else f"{now}x"})
    difference = provider.diff("packs", state, changed)
    assert (difference.changes, difference.replaces) == (True, []), (
        "cluster profiles refer to the UID"
    )
    after = provider.update("packs", state, changed).outs or {}
    assert after == {**changed, "uid": state["uid"]}
    assert provider.diff("packs", after, changed).changes is False


@pytest.mark.parametrize(
    "change", [{"paletteHost": "https://palette.example.com"}, {"projectUid": "x"}]
)
def test_another_palette_or_project_is_another_registration(
    change: dict[str, str], provider: RegistrationProvider, api: PaletteApi
) -> None:
    difference = provider.diff("packs", made(provider, api), props(api, **change))
    assert (difference.changes, difference.replaces) == (True, list(change))


def test_a_state_from_before_there_were_flavors_is_no_change(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = {key: value for key, value in made(provider, api).items() if key not in OCI}
    assert provider.diff("packs", state, props(api)).changes is False, "an empty value is none"


def test_palette_proves_itself_to_a_registry_that_asks_for_client_certificates(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = made(provider, api, **CLIENT)
    tls = api.only()["auth"]["tls"]
    assert (tls["certificate"], tls["key"]) == (CLIENT["clientCertificate"], CLIENT["clientKey"])
    tls |= {"certificate": MASK, "key": MASK}
    assert provider.read("packs", state).outs == state, "a mask would be a change at every refresh"


def test_an_oci_registry_lives_at_the_oci_endpoints_from_beginning_to_end(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = made(provider, api, **OCI)
    uid = state["uid"]
    spec = api.only()
    assert {key: spec[key] for key in OCI} == OCI, "what makes it an OCI registry"
    assert spec["isSyncSupported"] is True
    assert "private" not in spec, "a pack registry's"
    assert provider.read("packs", state).outs == state, "read back, there is no change"
    changed = props(api, **{**OCI, "baseContentPath": "elsewhere"})
    assert provider.diff("packs", state, changed).replaces == [], "in place"
    after = provider.update("packs", state, changed).outs or {}
    assert (after["uid"], api.only()["baseContentPath"]) == (uid, "elsewhere")
    provider.delete("packs", after)
    assert api.registrations == {}
    basic, one = "/v1/registries/oci/basic", f"/v1/registries/oci/{uid}/basic"
    assert [(asked.method, asked.path) for asked in api.asked] == [
        ("POST", f"{basic}/validate"),
        ("GET", "/v1/registries/oci/summary"),
        ("POST", basic),
        ("GET", one),
        ("POST", f"{basic}/validate"),
        ("PUT", one),
        ("DELETE", one),
    ], "the same requests, at other paths"


def test_what_was_changed_of_an_oci_registry_is_read_back(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = made(provider, api, **OCI)
    api.registrations[state["uid"]]["spec"]["baseContentPath"] = "somewhere/else"
    assert (provider.read("packs", state).outs or {})["baseContentPath"] == "somewhere/else"


def test_another_flavor_is_another_registration(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    difference = provider.diff("packs", made(provider, api), props(api, **OCI))
    assert difference.replaces == ["providerType"], "Palette keeps the two kinds apart"


def test_a_pack_registry_of_the_same_name_is_not_in_the_way_of_an_oci_registry(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    theirs = api.add("packs")
    ours = made(provider, api, **OCI)["uid"]
    assert set(api.registrations) == {theirs, ours}


def test_an_oci_registry_whose_outcome_is_unknown_is_found_again(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    api.trouble("POST", "/v1/registries/oci/basic", drop=True, carried_out=True)
    assert made(provider, api, **OCI)["uid"] == next(iter(api.registrations)), (
        "by its name, endpoint and user"
    )
    assert api.count("POST", "/v1/registries/oci/basic") == 1


def test_permission_to_adopt_is_no_change(provider: RegistrationProvider, api: PaletteApi) -> None:
    assert (
        provider.diff("packs", made(provider, api), props(api, adoptExisting=True)).changes is False
    )


@pytest.mark.parametrize("masks", [True, False])
def test_a_password_is_never_read(
    masks: bool, provider: RegistrationProvider, api: PaletteApi
) -> None:
    api.masks = masks
    state = made(provider, api)
    api.only()["auth"]["password"] = "changed in the console"
    found = provider.read("packs", state)
    assert found.outs == state, "a mask would be a change at every refresh"
    assert MASK not in str(found.outs)


def test_what_was_changed_in_the_console_is_set_right(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = made(provider, api)
    api.only()["auth"]["tls"]["ca"] = "another authority's"
    found = provider.read("packs", state).outs or {}
    assert found["caCertificate"] == "another authority's"
    assert provider.diff("packs", found, props(api)).changes is True
    provider.update("packs", found, props(api))
    assert api.only()["auth"]["tls"]["ca"] == CONSOLE["caCertificate"]


def test_what_was_removed_in_the_console_is_known_to_be_gone(
    provider: RegistrationProvider, api: PaletteApi
) -> None:
    state = made(provider, api)
    api.registrations.clear()
    assert provider.read("packs", state).id == "", "Pulumi makes it again"
    text = told(PaletteError, provider.update, "packs", state, props(api, password="another"))
    assert "404 ResourceNotFound" in text
    assert (
        "bring the state in line with Palette by `pulumi up --refresh`, as `make register` does"
        in text
    )
    provider.delete("packs", state)


def test_without_an_api_key_nothing_is_asked(api: PaletteApi) -> None:
    assert told(UserError, configured(None).create, props(api)) == (
        "paletteApiKey is not set; set it with `pulumi config set --secret paletteApiKey` in the directory palette."
    )
    assert api.asked == []


def test_what_pulumi_keeps_of_the_provider_is_where_it_is_found_and_no_more(
    provider: RegistrationProvider,
) -> None:
    kept = sdk.serialize_provider(provider)
    assert (
        kept
        == sdk.serialize_provider(RegistrationProvider())
        == sdk.serialize_provider(configured("another key"))
    ), "whatever it was told"
    text = base64.b64decode(kept)
    assert API_KEY.encode() not in text
    assert b"/" not in text.replace(b"'..'", b""), "a path would be this machine's"
    assert len(text) < 300, "its code would be this Python's"
    path = list(sys.path)
    assert isinstance(pickle.loads(text), RegistrationProvider)
    sys.path[:] = path
    assert RegistrationProvider.serialize_as_secret_always is False, (
        "a secret differs at every encryption, and nothing here is one"
    )


def test_errors_of_ours_are_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    configured(API_KEY)
    log = logging.getLogger("grpc._server")
    for error in (UserError("a sentence"), RuntimeError("a fault of the program")):
        try:
            raise error
        except Exception:
            log.exception("Exception calling application")
    assert "a sentence" not in caplog.text, "Pulumi shows the sentence itself"
    assert "a fault of the program" in caplog.text, "whoever mends it needs the traceback"
    log.removeFilter(registration._is_no_error_of_ours)
