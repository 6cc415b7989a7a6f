"""The option ``--stack``, which `make` hands over as the variable STACK."""

from __future__ import annotations

import click
import pytest

from cli.__main__ import cli
from cli.commands import NAMES
from tests.cli.commands.fakes import run
from tests.support.commands import FakePulumi
from tests.support.hostile_text import HOSTILE

WITHOUT_STACK = ["pack-check", "docker"]
HAVE_STACK = sorted(set(NAMES) - set(WITHOUT_STACK))


@pytest.mark.parametrize("command", HAVE_STACK)
def test_hostile_stack(command: str, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in [*HOSTILE, "../dev", "a/b"]:
        monkeypatch.setenv("STACK", value)
        result = run(command)
        assert result.exit_code == 1, value
        assert "STACK: invalid stack name. Must consist of letters, digits" in result.stderr
    assert pulumi.calls == []


def test_commands_without_stack() -> None:
    context = click.Context(cli)
    commands = {name: cli.get_command(context, name) for name in NAMES}
    without = [
        name
        for name, command in commands.items()
        if command and all(parameter.name != "stack" for parameter in command.params)
    ]
    assert without == WITHOUT_STACK, "every other command is about one stack"
