"""Secrets are shown where they are asked for and nowhere else, and nothing is recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.table import SECRETS
from tests.support.docker import inspect
from tests.support.registry import expect_guides_answers
from tests.support.trial import TrialRegistry
from tests.trial.conftest import Factory


def files(made: TrialRegistry) -> dict[Path, bytes]:
    """All files of the project, but for compiled modules."""
    return {
        path: path.read_bytes()
        for path in made.directory.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_passwords_are_masked_unless_they_are_asked_for(registry: Factory) -> None:
    made = registry(users=[{"name": "chosen", "password": "a password of one's own"}])
    table = made.run("up")
    assert table.returncode == 0, table.stderr
    rows = dict(line.split(maxsplit=1) for line in table.stdout.splitlines())
    assert {name for name, value in rows.items() if value == "[secret]"} == set(SECRETS)
    assert rows["endpoint"] == f"https://localhost:{made.port}"
    assert f"`make try-ca STACK={made.stack_name}` prints it in full" in rows["caCertificate"]
    assert (
        f"To see its passwords, make it anew with them: make try SECRETS=1 STACK={made.stack_name}"
        in table.stderr
    )
    assert "a password of one's own" not in table.stdout + table.stderr
    one = made.run("up", "--only", "adminPassword", "--secrets")
    assert len(one.stdout.strip()) == 32, "the password alone, for `$(...)`"
    assert one.stdout.strip() not in one.stderr


def test_an_unknown_output_is_told_before_anything_is_made(registry: Factory) -> None:
    made = registry()
    done = made.run("up", "--only", "password")
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        "OUTPUT: there is no output password; allowed are table, json, adminPassword, "
        in done.stderr
    )
    made.expect_untouched()


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_not_asked_for_as_such_is_told_before_anything_is_made(
    registry: Factory, name: str
) -> None:
    made = registry()
    done = made.run("up", "--only", name)
    assert (done.returncode, done.stdout) == (1, ""), (
        "a script would take the mask for the password"
    )
    assert (
        done.stderr
        == f"x {name} is a secret; `make try OUTPUT={name} SECRETS=1 STACK={made.stack_name}` shows it.\n"
    )
    made.expect_untouched()


def test_secrets_that_are_shown_are_told_with_what_prints_them_in_full(registry: Factory) -> None:
    made = registry()
    table = made.run("up", "--secrets")
    assert (
        f"(`make try OUTPUT=consoleRegistration SECRETS=1 STACK={made.stack_name}` prints it in full)"
        in table.stdout
    )


def test_nothing_is_recorded_and_no_secret_is_in_what_docker_shows(registry: Factory) -> None:
    made = registry(tls=None)
    before = files(made)
    outputs = made.up()
    assert files(made) == before
    shown = json.dumps([inspect(name) for name in sorted(made.containers())]) + made.said
    assert not [user for user, password in outputs["users"].items() if password in shown]
    assert "PRIVATE KEY" not in shown
    expect_guides_answers(outputs)
