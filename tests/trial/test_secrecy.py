"""Secrets are shown only on request, and a trial has no state."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from cli.table import SECRETS
from tests.support.docker import inspect
from tests.support.registry import Client, expect_guides_answers
from tests.support.trial import TrialRegistry
from tests.trial.conftest import Factory


def files(registry: TrialRegistry) -> dict[Path, bytes]:
    """Return all files of the project except compiled modules."""
    return {
        path: path.read_bytes()
        for path in registry.directory.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_passwords_are_masked_by_default(new_registry: Factory) -> None:
    registry = new_registry(users=[{"name": "chosen", "password": "correct horse battery staple"}])
    table = registry.run("up")
    assert table.returncode == 0, table.stderr
    rows = dict(line.split(maxsplit=1) for line in table.stdout.splitlines())
    assert {name for name, value in rows.items() if value == "[secret]"} == set(SECRETS)
    assert rows["endpoint"] == f"https://localhost:{registry.port}"
    of = f"STACK={registry.stack_name}"
    assert f"full value: `make --silent try-ca {of}`" in rows["caCertificate"]
    assert (
        f"To create it again and show its passwords, run `make try DETACH=1 SECRETS=1 {of}`. "
        "This replaces its certificate and passwords, and keeps its packs."
    ) in table.stderr
    assert "correct horse battery staple" not in table.stdout + table.stderr
    one = registry.run("up", "--only", "adminPassword", "--secrets")
    assert len(one.stdout.strip()) == 32, "only the password, for `$(...)`"
    assert one.stdout.strip() not in one.stderr


def test_unknown_output_is_rejected_early(new_registry: Factory) -> None:
    registry = new_registry()
    done = registry.run("up", "--only", "password")
    assert (done.returncode, done.stdout) == (1, "")
    assert 'OUTPUT: unknown output "password". Must be one of: table, json, ' in done.stderr
    registry.expect_untouched()


@pytest.mark.parametrize("name", SECRETS)
def test_masked_output_is_rejected_early(new_registry: Factory, name: str) -> None:
    registry = new_registry()
    done = registry.run("up", "--only", name)
    assert (done.returncode, done.stdout) == (1, ""), (
        "a script would take the mask for the password"
    )
    command = f"make try DETACH=1 OUTPUT={name} SECRETS=1 STACK={registry.stack_name}"
    assert done.stderr == f"x {name} is a secret. To show it, run `{command}`.\n"
    registry.expect_untouched()


def test_hint_keeps_trial_running(new_registry: Factory) -> None:
    registry = new_registry()
    table = registry.make("try", "DETACH=1")
    hint = re.search(r"run `(make try [^`]*SECRETS=1[^`]*)`", table.stderr)
    assert hint, table.stderr
    assert "DETACH=1" in hint[1], "on a terminal, Ctrl-C would remove it with its packs"
    shown = registry.run_shell(hint[1])
    assert shown.returncode == 0, shown.stderr
    lines = [line for line in shown.stdout.splitlines() if line.startswith("consoleRegistration ")]
    form = json.loads(lines[0].partition(" ")[2])
    ca = registry.run("ca").stdout
    assert form["caCertificate"] == ca, "no later command can print it in full"
    client = Client(f"https://localhost:{registry.port}", ca, "admin", form["password"])
    assert client.status("/v1/_catalog") == 200


def test_foreground_trial_names_ctrl_c(new_registry: Factory) -> None:
    registry = new_registry()
    with registry.on_a_terminal() as running:
        assert running.stderr
        said = "".join(iter(running.stderr.readline, "> Press Ctrl-C to remove the trial.\n"))
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=120)
    command = f"make try SECRETS=1 STACK={registry.stack_name}"
    assert f"To show passwords, press Ctrl-C and run `{command}`, which starts another" in said


def test_masked_output_of_foreground_trial(new_registry: Factory) -> None:
    registry = new_registry()
    with registry.on_a_terminal("--only", "users") as running:
        said = running.communicate(timeout=120)[1]
    command = f"make try OUTPUT=users SECRETS=1 STACK={registry.stack_name}"
    assert said == f"x users is a secret. To show it, run `{command}`.\n"


def test_no_state_and_no_secrets_in_docker_inspect(new_registry: Factory) -> None:
    registry = new_registry(tls=None)
    before = files(registry)
    outputs = registry.up()
    assert files(registry) == before
    shown = json.dumps([inspect(name) for name in sorted(registry.containers())]) + registry.said
    assert not [user for user, password in outputs["users"].items() if password in shown]
    assert "PRIVATE KEY" not in shown
    expect_guides_answers(outputs)
