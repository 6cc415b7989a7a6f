"""Secrets in outputs, in the state, and in requests to providers."""

from __future__ import annotations

import json

from tests.support.component import WRITERS, declare
from tests.support.recording import Run

SECRET_OUTPUTS = {"adminPassword", "users", "consoleRegistration"}
CHOSEN = "correct horse battery staple"


def test_secret_outputs(default: Run) -> None:
    assert default.secret_outputs == SECRET_OUTPUTS, "all others are readable"


def test_secret_outputs_of_other_modes(http: Run) -> None:
    chosen = declare(users=[{"name": "admin", "password": CHOSEN}])
    hashed = declare(users=[{"name": "admin", "bcrypt": "$2y$05$" + "a" * 53}])
    for made in (http, chosen, hashed):
        assert made.secret_outputs == SECRET_OUTPUTS


def test_registered_outputs(default: Run) -> None:
    assert default.registered["registry"] == default.outputs, "programs in other languages use them"
    assert default.registered_secrets["registry"] == SECRET_OUTPUTS


def test_uploads_are_secret(default: Run, http: Run) -> None:
    for made, writers in ((default, WRITERS), (http, WRITERS[:1])):
        for writer in writers:
            assert "uploads" in made.resources[writer].secret_inputs


def test_no_password_outside_files() -> None:
    made = declare(users=[{"name": "admin", "password": CHOSEN}, {"name": "spectro"}])
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


def test_providers_mark_secrets(default: Run) -> None:
    for name in ("registry-admin-password", "registry-readers-seed"):
        assert "result" in default.resources[name].request.additionalSecretOutputs
    key = default.resources["registry-key"]
    assert "privateKeyPem" in key.request.additionalSecretOutputs
