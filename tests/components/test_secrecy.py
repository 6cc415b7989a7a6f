"""What is secret stays secret: in outputs, in state, in what the provider is sent."""

from __future__ import annotations

import json

from tests.support.component import WRITERS, declare
from tests.support.recording import Run

SECRET_OUTPUTS = {"adminPassword", "users", "consoleRegistration"}
CHOSEN = "correct horse battery staple"


def test_passwords_are_secret_outputs_and_the_rest_is_not(default: Run) -> None:
    assert default.secret_outputs == SECRET_OUTPUTS, (
        "a secret is masked and encrypted in state; anything else must stay readable"
    )


def test_passwords_are_secret_without_tls_and_where_they_were_given(http: Run) -> None:
    given = declare(users=[{"name": "admin", "password": CHOSEN, "cost": 4}])
    hashed = declare(users=[{"name": "admin", "bcrypt": "$2y$05$" + "a" * 53}])
    for made in (http, given, hashed):
        assert made.secret_outputs == SECRET_OUTPUTS, "the same outputs are secret in every mode"


def test_the_component_registers_its_outputs_with_their_secrets(default: Run) -> None:
    assert default.registered["registry"] == default.outputs, (
        "the state, and other languages' programs, have the component's outputs from here"
    )
    assert default.registered_secrets["registry"] == SECRET_OUTPUTS, (
        "what is not secret is plain text in the state"
    )


def test_the_files_reach_the_provider_as_secrets(default: Run, http: Run) -> None:
    for made, writers in ((default, WRITERS), (http, WRITERS[:1])):
        for writer in writers:
            assert "uploads" in made.resources[writer].secret_inputs, (
                "what is not secret is plain text in the state"
            )


def test_no_password_and_no_hash_is_sent_anywhere_but_in_the_files() -> None:
    made = declare(users=[{"name": "admin", "password": CHOSEN, "cost": 4}, {"name": "spectro"}])
    passwords = list(made.outputs["users"].values())
    hashes = ["$2y$"]
    for resource in made.resources.values():
        readable = {
            name: value
            for name, value in resource.inputs.items()
            if name not in resource.secret_inputs
        }
        text = json.dumps(readable)
        assert not [secret for secret in (*passwords, *hashes) if secret in text], (
            f"{resource.name} shows a secret in its state"
        )


def test_the_generated_passwords_and_the_key_are_marked_as_secret_by_their_resources(
    default: Run,
) -> None:
    for name in ("registry-admin-password", "registry-readers-seed"):
        assert "result" in default.resources[name].request.additionalSecretOutputs, (
            "the provider's own mark"
        )
    assert "privateKeyPem" in default.resources["registry-key"].request.additionalSecretOutputs, (
        "the provider's own mark"
    )
