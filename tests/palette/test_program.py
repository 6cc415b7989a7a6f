"""The program: inputs from the registry's stack, secrets, outputs, the sync after an update."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest
from syrupy.assertion import SnapshotAssertion

from common.errors import UserError
from common.validation import SettingsError
from palette.program import OUTPUTS, register
from palette.registration_output import RegistrationOutputError, parse_registration_output
from palette.settings import RegistrationSettings
from palette.sync import SyncError
from tests.support.component import served
from tests.support.palette.stub import API_KEY, PaletteStub
from tests.support.palette.values import (
    CLIENT_CERTIFICATE_FIELDS,
    EMPTY_FIELDS,
    OCI_FIELDS,
    PACK_OUTPUT,
)
from tests.support.recording import Declared, Recorder, Run, run


class Stacks(Recorder):
    """Answers for the registry's stack, and for a registration with a UID."""

    def __init__(self, output: Any = None, uid: str = "") -> None:
        super().__init__(served())
        self.read: list[str] = []
        self._outputs = {} if output is None else {"consoleRegistration": output}
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
        return {"uid": self._uid, "password": PACK_OUTPUT["password"], "clientKey": ""}


@pytest.fixture(autouse=True)
def organization(monkeypatch: pytest.MonkeyPatch) -> None:
    """The organization of backends without organizations. The mocked engine has none."""
    monkeypatch.setattr(pulumi, "get_organization", lambda: "organization")


def declare(stacks: Stacks, *, preview: bool = True, **settings: Any) -> Run:
    given = RegistrationSettings.model_validate({"paletteApiKey": API_KEY, **settings})
    return run(stacks, lambda: register(given), preview=preview)


def registration(output: Any, **settings: Any) -> Declared:
    """Return the registration that the program declares in a preview."""
    return declare(Stacks(output), **settings).resources["registration"]


def rejected(error: type[UserError], output: Any, **settings: Any) -> str:
    stacks = Stacks(output)
    with pytest.raises(error) as raised:
        declare(stacks, **settings)
    assert stacks.resources == {}, "nothing is declared"
    return str(raised.value)


def without_password() -> dict[str, Any]:
    return {**PACK_OUTPUT, "password": ""}


def test_inputs_of_pack_registry() -> None:
    declared = registration(PACK_OUTPUT)
    inputs = {
        key: value for key, value in declared.inputs.items() if key not in ("__provider", "uid")
    }
    assert inputs == {
        **PACK_OUTPUT,
        **EMPTY_FIELDS,
        "paletteHost": "https://api.spectrocloud.com",
        "adoptExisting": False,
        "importUid": "",
        "fixedSpec": {"authType": "basic", "tlsEnabled": True, "private": True},
    }
    assert declared.secret_inputs == {"password", "clientKey"}, "a preview shows the others"
    outputs = list(declared.request.additionalSecretOutputs)
    assert outputs == ["password", "clientKey"], "whatever the provider returns"


def test_inputs_of_oci_registry() -> None:
    declared = registration({**PACK_OUTPUT, **OCI_FIELDS})
    assert {key: declared.inputs[key] for key in OCI_FIELDS} == OCI_FIELDS
    assert declared.inputs["fixedSpec"] == {
        "authType": "basic",
        "tlsEnabled": True,
        "providerType": "pack",
        "isSyncSupported": True,
    }
    assert declared.secret_inputs == {"password", "clientKey"}


def test_inputs_with_public_certificate() -> None:
    inputs = registration({**PACK_OUTPUT, "caCertificate": ""}).inputs
    assert (inputs["endpoint"], inputs["caCertificate"]) == (PACK_OUTPUT["endpoint"], "")


def test_inputs_with_client_certificate() -> None:
    inputs = registration({**PACK_OUTPUT, **CLIENT_CERTIFICATE_FIELDS}).inputs
    assert {key: inputs[key] for key in CLIENT_CERTIFICATE_FIELDS} == CLIENT_CERTIFICATE_FIELDS


@pytest.mark.parametrize("skip", [True, False])
def test_insecure_skip_verify_without_tls(skip: bool) -> None:
    plain = {**PACK_OUTPUT, "endpoint": "http://registry", "insecureSkipVerify": not skip}
    inputs = registration({**plain, "caCertificate": ""}, insecureSkipVerify=skip).inputs
    assert inputs["insecureSkipVerify"] is skip, "only the setting decides"
    assert inputs["caCertificate"] == ""
    assert inputs["fixedSpec"]["tlsEnabled"] is skip, "Palette ignores the setting without it"


@pytest.mark.parametrize(
    ("setting", "stack"),
    [
        ("", "organization/pack-registry/test"),
        ("prod", "organization/pack-registry/prod"),
        ("acme/packs/prod", "acme/packs/prod"),
    ],
)
def test_registry_stack(setting: str, stack: str) -> None:
    stacks = Stacks(PACK_OUTPUT)
    declare(stacks, registryStack=setting)
    assert stacks.read == [stack]


def test_output_as_json_string() -> None:
    inputs = registration(json.dumps(PACK_OUTPUT)).inputs
    assert inputs["password"] == PACK_OUTPUT["password"], "programs in other languages export JSON"


def test_unknown_output_field() -> None:
    output = parse_registration_output({**PACK_OUTPUT, "aNewField": 1}, "a/b/c")
    assert output.https is True, "a newer version of the registry's project may add fields"


def test_output_without_insecure_skip_verify() -> None:
    output = {key: value for key, value in PACK_OUTPUT.items() if key != "insecureSkipVerify"}
    assert parse_registration_output(output, "a/b/c").https is True


def test_output_messages(snapshot: SnapshotAssertion) -> None:
    messages = {
        "missing": rejected(RegistrationOutputError, None, registryStack="prod"),
        "incomplete": rejected(RegistrationOutputError, {"name": "MARKER"}),
        "without password": rejected(RegistrationOutputError, without_password()),
        "certificate not verified": rejected(SettingsError, PACK_OUTPUT, insecureSkipVerify=True),
    }
    text = "\n".join(f"{case}:\n{message}\n" for case, message in messages.items())
    assert "MARKER" not in text
    assert text == snapshot


@pytest.mark.parametrize(
    ("output", "fields"),
    [
        ({"name": "MARKER"}, "caCertificate, endpoint, password, username"),
        ({**PACK_OUTPUT, "endpoint": "MARKER"}, "endpoint"),
        ({**PACK_OUTPUT, "password": {"MARKER": 1}}, "password"),
        ({**PACK_OUTPUT, "caCertificate": None}, "caCertificate"),
        ({**PACK_OUTPUT, "username": ""}, "username"),
        ({**PACK_OUTPUT, **OCI_FIELDS, "providerType": "helm"}, "providerType"),
        (["MARKER"], "consoleRegistration"),
        ("MARKER", "consoleRegistration"),
        (17, "consoleRegistration"),
    ],
)
def test_invalid_output_fields(output: Any, fields: str) -> None:
    message = rejected(RegistrationOutputError, output)
    assert f"(missing or invalid: {fields})" in message
    assert "MARKER" not in message, "the output of another program may be secret"


def test_stack_outputs(api: PaletteStub) -> None:
    api.sync_states, api.sync_message, api.packs = ["Success"], "1 pack without values.yaml", 12
    stacks = Stacks(PACK_OUTPUT, api.add("packs"))
    done = declare(stacks, paletteHost=api.host, registrationName="Platform packs", preview=False)
    assert done.outputs == {
        "registrationUid": next(iter(api.registrations)),
        "registrationName": "Platform packs",
        "endpoint": PACK_OUTPUT["endpoint"],
        "syncStatus": "Success",
        "syncMessage": "1 pack without values.yaml",
        "packCount": 12,
    }
    assert list(done.outputs) == list(OUTPUTS), "each output is described in the documentation"
    assert done.secret_outputs == frozenset()
    assert API_KEY not in str(done.resources), "the API key is not an input"


def test_stack_outputs_in_preview(api: PaletteStub) -> None:
    done = declare(Stacks(PACK_OUTPUT, "6a1f"), paletteHost=api.host)
    assert done.outputs["registrationUid"] == "6a1f"
    for name in ("syncStatus", "syncMessage", "packCount"):
        assert done.outputs[name] is None, "a preview does not sync"
    assert api.requests == []


def test_sync_after_update(api: PaletteStub) -> None:
    api.sync_states = ["Success"]
    uid = api.add("packs")
    declare(Stacks(PACK_OUTPUT, uid), paletteHost=api.host)
    assert api.requests == [], "a preview sends no request"
    skipped = declare(Stacks(PACK_OUTPUT, uid), paletteHost=api.host, preview=False, sync=False)
    assert api.requests == []
    assert skipped.outputs["syncStatus"] == "skipped"
    declare(Stacks(PACK_OUTPUT, uid), paletteHost=api.host, preview=False)
    assert api.count("POST", f"/v1/registries/pack/{uid}/sync") == 1


@pytest.mark.parametrize("force", [True, False])
def test_forced_sync(force: bool, api: PaletteStub) -> None:
    api.sync_states = ["Success"]
    stacks = Stacks(PACK_OUTPUT, api.add("packs"))
    declare(stacks, paletteHost=api.host, preview=False, forceSync=force)
    (request,) = [found for found in api.requests if found.path.endswith("/sync")]
    assert request.query == {"forceSync": str(force).lower()}


def test_sync_of_oci_registry(api: PaletteStub) -> None:
    api.sync_states = ["Success"]
    uid = api.add("packs", kind="oci")
    stacks = Stacks({**PACK_OUTPUT, **OCI_FIELDS}, uid)
    declare(stacks, paletteHost=api.host, preview=False)
    assert api.count("POST", f"/v1/registries/oci/{uid}/basic/sync") == 1


def test_failed_sync_fails_update(api: PaletteStub) -> None:
    api.sync_states = ["Error"]
    api.sync_message = f"no login as admin with {PACK_OUTPUT['password']}"
    stacks = Stacks(PACK_OUTPUT, api.add("packs"))
    with pytest.raises(SyncError) as raised:
        declare(stacks, paletteHost=api.host, preview=False)
    message = str(raised.value)
    assert '(status Error, "no login as admin with …")' in message


def test_masked_change_is_reverted(api: PaletteStub) -> None:
    api.sync_states = ["Success"]
    api.probe = lambda spec: (
        None if spec["auth"]["password"] == PACK_OUTPUT["password"] else "unauthorized"
    )
    uid = api.add("packs")
    api.only_spec()["auth"]["password"] = "changed in the console"
    with pytest.raises(SyncError):
        declare(Stacks(PACK_OUTPUT, uid), paletteHost=api.host, preview=False)
    assert api.only_spec()["auth"]["password"] == PACK_OUTPUT["password"]
    done = declare(Stacks(PACK_OUTPUT, uid), paletteHost=api.host, preview=False)
    assert done.outputs["syncStatus"] == "Success"
    assert api.count("PUT", f"/v1/registries/pack/{uid}") == 1


def test_failed_sync_is_the_reported_error(api: PaletteStub) -> None:
    api.sync_states = ["Error"]
    uid = api.add("packs")
    api.fail("PUT", f"/v1/registries/pack/{uid}", 403)
    with pytest.raises(SyncError):
        declare(Stacks(PACK_OUTPUT, uid), paletteHost=api.host, preview=False)
    assert api.count("POST", f"/v1/registries/pack/{uid}/sync") == 1


def test_unknown_uid_fails_update(api: PaletteStub, snapshot: SnapshotAssertion) -> None:
    with pytest.raises(UserError) as raised:
        declare(Stacks(PACK_OUTPUT), paletteHost=api.host, preview=False)
    assert str(raised.value) == snapshot
    assert api.requests == []
