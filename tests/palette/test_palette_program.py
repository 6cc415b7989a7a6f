"""The consumer's program: what it takes from the registry's stack, what it declares, and which of it is secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from common.errors import UserError
from common.validation import SettingsError
from palette.console import RegistrationOutputError, console
from palette.model import RegistrationSettings
from palette.program import OUTPUTS, register
from palette.sync import SyncError
from tests.support.consumer import CLIENT, CONSOLE, NO_MORE, OCI
from tests.support.component import served
from tests.support.palette import API_KEY, PaletteApi, palette_api
from tests.support.recording import Recorder, Run, run


class Stacks(Recorder):
    """Answers for the registry's stack, and for a registration of a UID."""

    def __init__(self, outputs: dict[str, Any], uid: str = "") -> None:
        super().__init__(served())
        self.read: list[str] = []
        self._outputs = outputs
        self._uid = uid

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            self.read.append(args.inputs["name"])
            return args.name, {
                "name": args.name,
                "outputs": self._outputs,
                "secretOutputNames": list(self._outputs),
            }
        return super().new_resource(args)

    def answers(self, args: pulumi.runtime.MockResourceArgs) -> dict[str, Any]:
        assert args.typ == "pulumi-python:dynamic/palette:PackRegistration"
        return {"uid": self._uid, "password": CONSOLE["password"], "clientKey": ""}


@pytest.fixture(autouse=True)
def organization(monkeypatch: pytest.MonkeyPatch) -> None:
    """As backends without organizations call theirs; the mocked engine has none."""
    monkeypatch.setattr(pulumi, "get_organization", lambda: "organization")


@pytest.fixture
def api() -> Iterator[PaletteApi]:
    with palette_api(PaletteApi(sync_states=["Success"])) as running:
        yield running


def declared(stacks: Stacks, *, preview: bool = True, **settings: Any) -> Run:
    given = RegistrationSettings.model_validate({"paletteApiKey": API_KEY, **settings})
    return run(stacks, lambda: register(given), preview=preview)


def failure(kind: type[UserError], outputs: dict[str, Any], **settings: Any) -> str:
    stacks = Stacks(outputs)
    with pytest.raises(kind) as raised:
        declared(stacks, **settings)
    assert stacks.resources == {}, "nothing is declared"
    return str(raised.value)


def test_the_registration_is_what_the_registrys_stack_says() -> None:
    made = declared(Stacks({"consoleRegistration": CONSOLE})).resources["registration"]
    expected = {
        **CONSOLE,
        **NO_MORE,
        "paletteHost": "https://api.spectrocloud.com",
        "projectUid": "",
        "adoptExisting": False,
    }
    assert {
        key: value for key, value in made.inputs.items() if key not in ("__provider", "uid")
    } == expected
    assert made.secret_inputs == {"password", "clientKey"}, "the rest is to be seen in a preview"
    assert list(made.request.additionalSecretOutputs) == ["password", "clientKey"], (
        "whatever the provider answers"
    )


def test_an_oci_registry_is_registered_as_one() -> None:
    made = declared(Stacks({"consoleRegistration": {**CONSOLE, **OCI}})).resources["registration"]
    assert {key: made.inputs[key] for key in OCI} == OCI
    assert made.secret_inputs == {"password", "clientKey"}, "the rest is to be seen in a preview"


def test_a_provider_type_that_holds_no_packs_is_refused() -> None:
    told = failure(
        RegistrationOutputError, {"consoleRegistration": {**CONSOLE, **OCI, "providerType": "helm"}}
    )
    assert "(missing or wrong: providerType)" in told


def test_the_sync_of_an_oci_registry_is_asked_for_where_it_is(api: PaletteApi) -> None:
    uid = api.add("packs", oci=True)
    declared(
        Stacks({"consoleRegistration": {**CONSOLE, **OCI}}, uid),
        paletteHost=api.host,
        preview=False,
    )
    assert api.count("POST", f"/v1/registries/oci/{uid}/basic/sync") == 1


def test_the_outputs_are_for_others_to_see() -> None:
    done = declared(
        Stacks({"consoleRegistration": CONSOLE}, "6a1f"),
        projectUid="5f0c",
        registrationName="Packs of ours",
    )
    assert done.outputs == {
        "registrationUid": "6a1f",
        "registrationName": "Packs of ours",
        "endpoint": CONSOLE["endpoint"],
        "scope": "project",
    }
    assert list(done.outputs) == list(OUTPUTS), "each has a meaning in the documentation"
    assert done.secret_outputs == frozenset(), "none is secret"
    assert API_KEY not in str(done.resources), "the API key is no input"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", "organization/pack-registry/test"),
        ("prod", "organization/pack-registry/prod"),
        ("acme/packs/prod", "acme/packs/prod"),
    ],
)
def test_the_registrys_stack_is_the_one_of_the_same_name_or_the_one_that_is_named(
    written: str, read: str
) -> None:
    stacks = Stacks({"consoleRegistration": CONSOLE})
    declared(stacks, registryStack=written)
    assert stacks.read == [read]


def test_a_group_that_is_exported_as_json_is_read_too() -> None:
    made = declared(Stacks({"consoleRegistration": json.dumps(CONSOLE)})).resources["registration"]
    assert made.inputs["password"] == CONSOLE["password"], (
        "programs in other languages export secret groups so"
    )


def test_a_stack_without_a_registry_is_told() -> None:
    assert failure(RegistrationOutputError, {}, registryStack="prod") == (
        "The stack organization/pack-registry/prod has no output consoleRegistration: bring its registry up with `make up STACK=prod`, "
        "or set registryStack to the stack of a pack registry."
    )


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ({"name": "MARKER"}, "caCertificate, endpoint, password, username"),
        ({**CONSOLE, "endpoint": "MARKER"}, "endpoint"),
        ({**CONSOLE, "password": {"MARKER": 1}}, "password"),
        ({**CONSOLE, "caCertificate": None}, "caCertificate"),
        ({**CONSOLE, "username": ""}, "username"),
        (["MARKER"], "consoleRegistration"),
        ("MARKER", "consoleRegistration"),
        (17, "consoleRegistration"),
    ],
)
def test_another_programs_output_is_told_without_its_value(value: Any, wrong: str) -> None:
    told = failure(RegistrationOutputError, {"consoleRegistration": value})
    assert told == (
        f"The output consoleRegistration of the stack organization/pack-registry/test is not what a pack registry's is (missing or wrong: {wrong}): "
        "run `make up STACK=test` with the same version of this project, or set registryStack to the stack of a pack registry."
    )


def test_a_password_that_nobody_knows_is_told() -> None:
    assert failure(
        RegistrationOutputError, {"consoleRegistration": {**CONSOLE, "password": ""}}
    ) == (
        "The stack organization/pack-registry/test does not know the password of admin, who was given as a bcrypt hash, and Palette needs it: "
        "give users[].password there instead, or leave both out so that one is generated, and run `make up STACK=test`."
    )


def test_verification_is_not_skipped_where_there_is_a_certificate() -> None:
    told = failure(SettingsError, {"consoleRegistration": CONSOLE}, insecureSkipVerify=True)
    assert told.splitlines()[1] == (
        f"  - insecureSkipVerify is set, but the registry at {CONSOLE['endpoint']} has a certificate, which Palette would then not check; "
        "remove it: Palette trusts public authorities, and the registry's caCertificate is given to it"
    )


def test_a_registry_with_a_public_authoritys_certificate_is_registered_without_one() -> None:
    made = declared(Stacks({"consoleRegistration": {**CONSOLE, "caCertificate": ""}})).resources[
        "registration"
    ]
    assert (made.inputs["endpoint"], made.inputs["caCertificate"]) == (CONSOLE["endpoint"], ""), (
        "there is nothing to hand over"
    )


def test_a_registry_that_asks_for_client_certificates_is_registered_with_one() -> None:
    made = declared(Stacks({"consoleRegistration": {**CONSOLE, **CLIENT}})).resources[
        "registration"
    ]
    assert {key: made.inputs[key] for key in CLIENT} == CLIENT


@pytest.mark.parametrize("skip", [True, False])
def test_without_tls_verification_is_skipped_only_where_the_user_says_so(skip: bool) -> None:
    plain = {
        **CONSOLE,
        "endpoint": "http://registry.example.com",
        "caCertificate": "",
        "insecureSkipVerify": not skip,
    }
    made = declared(Stacks({"consoleRegistration": plain}), insecureSkipVerify=skip).resources[
        "registration"
    ]
    assert (made.inputs["insecureSkipVerify"], made.inputs["caCertificate"]) == (skip, "")


def test_a_registry_that_says_more_is_read_all_the_same() -> None:
    assert console({**CONSOLE, "aNewField": 1}, "a/b/c").https is True, "a newer version of it"


def test_a_registry_needs_not_say_whether_its_certificate_is_checked() -> None:
    said = {key: value for key, value in CONSOLE.items() if key != "insecureSkipVerify"}
    assert console(said, "a/b/c").https is True, "that is the registration's own setting"


def test_an_update_ends_with_a_sync_and_a_preview_asks_nothing(api: PaletteApi) -> None:
    stacks = {"consoleRegistration": CONSOLE}
    uid = api.add("packs")
    declared(Stacks(stacks, uid), paletteHost=api.host)
    assert api.asked == [], "a preview changes nothing, and needs no Palette"
    declared(Stacks(stacks, uid), paletteHost=api.host, preview=False, sync=False)
    assert api.asked == [], "nor does an update that is not to sync"
    declared(Stacks(stacks, uid), paletteHost=api.host, preview=False)
    assert api.count("POST", f"/v1/registries/pack/{uid}/sync") == 1


def test_an_update_fails_with_its_sync(api: PaletteApi) -> None:
    api.sync_states, api.sync_message = ["Error"], f"no login as admin with {CONSOLE['password']}"
    with pytest.raises(SyncError) as raised:
        declared(
            Stacks({"consoleRegistration": CONSOLE}, api.add("packs")),
            paletteHost=api.host,
            preview=False,
        )
    assert 'could not sync it (status Error, "no login as admin with (not shown)")' in str(
        raised.value
    ), "whatever Palette says"


def test_a_registration_of_unknown_outcome_fails_the_update(api: PaletteApi) -> None:
    with pytest.raises(UserError) as raised:
        declared(Stacks({"consoleRegistration": CONSOLE}), paletteHost=api.host, preview=False)
    assert str(raised.value) == (
        "It is not known whether Palette made the registration packs: the connection broke when it was asked to, and Palette can't be asked. "
        "Run the update again: it looks for the registration, and makes it only where there is none."
    )
    assert api.asked == []
