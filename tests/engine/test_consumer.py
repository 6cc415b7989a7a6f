"""A registry registered in Palette by a second stack: the whole chain with a registry that runs, and bad days with one that is only said to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.engine.conftest import Factory
from tests.support.consumer import CONSOLE, EngineConsumer, StandIn
from tests.support.engine import remove
from tests.support.palette import PaletteApi, palette_api
from tests.support.registry import Client


def probe(spec: dict[str, Any]) -> str | None:
    """What keeps Palette from reading a registry with what it was told."""
    auth = spec["auth"]
    try:
        client = Client(spec["endpoint"], auth["tls"]["ca"], auth["username"], auth["password"])
        status = client.status("/v2/_catalog" if "providerType" in spec else "/v1/_catalog")
    except urllib3.exceptions.HTTPError as error:
        return f"x509: {error}"
    return None if status == 200 else f"the registry answered {status}"


@pytest.fixture
def api() -> Iterator[PaletteApi]:
    with palette_api(PaletteApi(sync_states=["InProgress", "Success"])) as running:
        yield running


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path / "registry")


@pytest.fixture
def consumer(tmp_path: Path, stand_in: StandIn, api: PaletteApi) -> Callable[..., EngineConsumer]:
    return lambda **settings: EngineConsumer(tmp_path / "project", stand_in.engine, api, **settings)


def test_the_whole_chain_from_nothing_to_nothing(new_registry: Factory, api: PaletteApi) -> None:
    api.probe = probe
    made = new_registry()
    first = made.up()
    registered = EngineConsumer(
        made.directory / "palette", made.engine, api, registryStack=made.stack_name
    )
    outputs = registered.up()
    assert outputs == {
        "registrationUid": next(iter(api.registrations)),
        "registrationName": made.stack_name,
        "endpoint": first["endpoint"],
        "scope": "tenant",
    }, "what others may refer to, and no secret"
    told = api.only()
    assert (told["auth"]["username"], told["auth"]["password"]) == (
        "admin",
        first["adminPassword"],
    ), "as the registry's stack says"
    assert (told["auth"]["tls"]["ca"], told["auth"]["tls"]["enabled"]) == (
        first["caCertificate"],
        True,
    ), "the trust anchor"
    assert probe(told) is None, "Palette can read the registry with it"
    assert "Palette has synced" in registered.said, "the progress is shown"
    assert registered.preview(refresh=True) == {}, (
        "a second preview shows no change, whatever is read back"
    )

    made.write(rotation="2027-01")
    second = made.up()
    assert probe(api.only()) == "the registry answered 401", (
        "the old password is refused from that moment on"
    )
    assert registered.preview() == {"update": 1}, "one update, and no other change"
    assert registered.up()["registrationUid"] == outputs["registrationUid"], (
        "in place: cluster profiles refer to the UID"
    )
    assert api.only()["auth"]["password"] == second["adminPassword"] != first["adminPassword"], (
        "the console has the new one"
    )
    assert probe(api.only()) is None, "and it is taken"

    made.write(tls={"algorithm": "ecdsa-p256", "validityDays": 90})
    third = made.up()
    assert third["certificateFingerprint"] != second["certificateFingerprint"], (
        "the certificate is another one"
    )
    assert str(probe(api.only())).startswith("x509: "), "the old anchor does not vouch for it"
    assert registered.preview() == {"update": 1}, "one update, and no other change"
    registered.up()
    assert api.only()["auth"]["tls"]["ca"] == third["caCertificate"], (
        "the console trusts the new one"
    )
    assert probe(api.only()) is None, "and reads the registry"
    assert registered.preview() == {}, "nothing is left to do"
    assert api.count("POST", "/v1/registries/pack") == 1, "it was made once"

    remove(registered.stack)
    assert api.registrations == {}, "nothing is left in the console"
    made.down()
    assert made.containers() == set(), "nor on the Docker host"


def test_an_oci_registry_is_registered_as_one_and_moves_when_its_flavor_changes(
    new_registry: Factory, api: PaletteApi
) -> None:
    api.probe = probe
    made = new_registry(flavor="oci", baseContentPath="spectro-packs/archive")
    first = made.up()
    registered = EngineConsumer(
        made.directory / "palette", made.engine, api, registryStack=made.stack_name
    )
    uid = registered.up()["registrationUid"]
    told = api.only()
    assert {key: told[key] for key in ("providerType", "basePath", "baseContentPath")} == {
        "providerType": "pack",
        "basePath": "",
        "baseContentPath": "spectro-packs/archive",
    }, "what Palette's form for OCI registries asks for"
    assert (told["endpoint"], told["auth"]["password"]) == (
        first["endpoint"],
        first["adminPassword"],
    )
    assert probe(told) is None, "Palette can read the registry with it"
    assert "Palette has synced" in registered.said
    assert api.count("POST", f"/v1/registries/oci/{uid}/basic/sync") == 1
    assert registered.preview(refresh=True) == {}, (
        "a second preview shows no change, whatever is read back"
    )

    made.write(rotation="2027-01", baseContentPath="packs")
    second = made.up()
    assert registered.up()["registrationUid"] == uid, "in place"
    assert (api.only()["auth"]["password"], api.only()["baseContentPath"]) == (
        second["adminPassword"],
        "packs",
    )

    made.write(flavor=None, baseContentPath=None)
    made.up()
    assert registered.preview() == {"replace": 1}, "Palette keeps the two kinds apart"
    assert registered.up()["registrationUid"] != uid
    assert "providerType" not in api.only(), "the old one is gone, the new one a pack registry's"
    remove(registered.stack)
    assert api.registrations == {}


def test_while_palette_is_away_an_update_fails_and_nothing_is_lost(
    tmp_path: Path, stand_in: StandIn
) -> None:
    api = PaletteApi(sync_states=["Success"])
    made = EngineConsumer(tmp_path / "project", stand_in.engine, api)
    told = made.failed_up()
    assert f"Palette could not be reached to validate the registry {CONSOLE['endpoint']}" in told, (
        "what was attempted"
    )
    assert "then run the update again: nothing is lost, and the next update goes on." in told, (
        "what to do"
    )
    with palette_api(api):
        uid = made.up()["registrationUid"]
    stand_in.up(password="another password")
    assert "Palette could not be reached" in made.failed_up(), "a change, too"
    removal = made.pulumi("destroy", "--yes", "--skip-preview")
    assert removal.returncode != 0
    assert "Palette could not be reached to remove the registration packs" in removal.stdout, (
        removal.stdout
    )
    assert "Traceback" not in removal.stdout + removal.stderr
    assert made.registration()["outputs"]["uid"] == uid, "it is still known"
    with palette_api(api):
        assert made.preview() == {"update": 1}, "what could not be done is still to be done"
        assert made.up()["registrationUid"] == uid, "the same registration"
    assert api.only()["auth"]["password"] == "another password"


def test_a_registration_whose_outcome_is_unknown_is_found_again(
    consumer: Callable[..., EngineConsumer], api: PaletteApi
) -> None:
    made = consumer()
    api.trouble("POST", "/v1/registries/pack", drop=True, carried_out=True)
    api.trouble("GET", "/v1/registries/pack", 200, body={"items": []})
    api.trouble("GET", "/v1/registries/pack", 503, times=5)
    assert "It is not known whether Palette made the registration packs" in made.failed_up(), (
        "that much is known"
    )
    (uid,) = api.registrations
    assert made.up()["registrationUid"] == uid, "the one that was made"
    assert api.count("POST", "/v1/registries/pack") == 1, "there is no second one"
    remove(made.stack)
    assert api.registrations == {}, "nor is the first left over"


def test_a_sync_that_fails_is_tried_again_by_the_next_update(
    consumer: Callable[..., EngineConsumer], api: PaletteApi
) -> None:
    api.sync_states, api.sync_message = ["InProgress", "Failed"], "no route to host"
    made = consumer()
    told = made.failed_up()
    assert (
        'Palette registered packs and could not sync it (status Failed, "no route to host")' in told
    ), "why"
    assert made.registration()["outputs"]["uid"] in api.registrations, "what was made is recorded"
    api.sync_states, api.sync_message = ["Pending", "Strange", "Completed"], ""
    made.up()
    assert api.count("POST", "/v1/registries/pack/[^/]+/sync") == 2, "though nothing changed"
    assert "Palette syncs packs: Strange" in made.said, "a word that nobody knows is no end"
    assert "Palette has synced packs" in made.said, "the end"
    assert made.preview() == {}, "a sync is no change"


def test_what_was_changed_in_the_console_is_seen_and_set_right(
    consumer: Callable[..., EngineConsumer], api: PaletteApi
) -> None:
    made = consumer(sync=False)
    made.up()
    api.only()["auth"]["username"] = "somebody"
    assert made.preview(refresh=True) == {"update": 1}, "a refresh reads it back"
    made.up(refresh=True)
    assert api.only()["auth"]["username"] == "admin", "as the registry's stack says"
    api.registrations.clear()
    made.up(refresh=True)
    assert api.only()["name"] == "packs", "one that was removed is made again"

    api.api_key = "another-api-key"
    made.set_api_key(api.api_key)
    done = made.pulumi("up", "--yes", "--skip-preview", "--refresh", "--run-program")
    assert done.returncode == 0, f"a new API key is taken at once: {done.stdout}"


def test_others_registrations_are_left_alone_unless_told_otherwise(
    consumer: Callable[..., EngineConsumer], api: PaletteApi
) -> None:
    uid = api.add("packs")
    made = consumer()
    assert "Palette has a registration named packs already" in made.failed_up(), (
        "somebody else made it"
    )
    assert api.only()["endpoint"] == "https://elsewhere.example.com", "it is untouched"
    made.set(adoptExisting=True)
    assert made.up()["registrationUid"] == uid, "on request it is taken over"
    assert api.only()["endpoint"] == CONSOLE["endpoint"], "and brought in line"


def test_neither_api_key_nor_password_is_seen_anywhere(
    consumer: Callable[..., EngineConsumer], api: PaletteApi
) -> None:
    made = consumer()
    body = {"code": "X", "message": f"{api.api_key} and {CONSOLE['password']} are wrong"}
    api.trouble("POST", "/v1/registries/pack/validate", 400, body=body)
    refused = made.pulumi("up", "--yes", "--debug")
    assert "Palette refused to validate the registry" in refused.stdout, "an error is among them"
    places = {"an error": refused.stdout + refused.stderr}
    for arguments in [
        ("up", "--yes", "--debug"),
        ("preview", "--debug", "--diff"),
        ("preview", "--json"),
        ("stack", "export"),
    ]:
        done = made.pulumi(*arguments)
        assert done.returncode == 0, f"typed by hand: {done.stdout}{done.stderr}"
        places[" ".join(arguments)] = done.stdout + done.stderr
    for path in made.directory.parent.parent.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.name != "outputs.json":
            places[str(path)] = path.read_text(errors="replace")
    assert [
        place
        for place, text in places.items()
        if api.api_key in text or CONSOLE["password"] in text
    ] == []

    resources = (made.stack.export_stack().deployment or {})["resources"]
    holders = [resource["type"] for resource in resources if "paletteApiKey" in str(resource)]
    assert holders == ["pulumi:providers:pulumi-python"], (
        "Pulumi keeps the config of the provider itself, encrypted; no resource of ours has it"
    )
    assert "plaintext" in made.registration()["inputs"]["password"], (
        "a secret, which an export shows on request alone"
    )
    assert "plaintext" in made.registration()["outputs"]["password"], (
        "a secret, which an export shows on request alone"
    )


def test_another_machine_sees_no_change(
    consumer: Callable[..., EngineConsumer], stand_in: StandIn, api: PaletteApi, tmp_path: Path
) -> None:
    consumer().up()
    elsewhere = EngineConsumer(tmp_path / "another place", stand_in.engine, api)
    assert elsewhere.preview(refresh=True) == {}, (
        "the state holds nothing of the machine that it was made on"
    )
    remove(elsewhere.stack)
    assert api.registrations == {}, "and it is removed from there"
