"""``make status``: its exit code, and several stacks."""

from __future__ import annotations

import json
from concurrent.futures import Future

import pytest

from cli.commands import status
from cli.condition import Line, State
from cli.status import run as run_module
from cli.status.run import StackStatus
from tests.cli.commands.fakes import run
from tests.support.commands import FakePulumi


@pytest.fixture(autouse=True)
def states(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> dict[str, State]:
    """The state of each stack, which a test sets."""
    found = {"dev": State.OK}

    def stack_status(stack: str, exported: Future[str]) -> StackStatus:
        assert "deployment" in exported.result()
        line = Line("server", found[stack], "a value", "a fix")
        exists = line.state is not State.ERROR
        return StackStatus(stack, "https://localhost", "docker", 0.5, (line,), exists)

    monkeypatch.setattr(status, "require_pulumi", lambda: pulumi)
    monkeypatch.setattr(run_module, "stack_status", stack_status)
    monkeypatch.setattr("cli.stack_selection.stacks_with_file", lambda: sorted(found))
    return found


@pytest.mark.parametrize(
    ("state", "code"),
    [(State.OK, 0), (State.UNKNOWN, 0), (State.WARNING, 0), (State.ERROR, 1)],
)
def test_exit_code(states: dict[str, State], state: State, code: int) -> None:
    states["dev"] = state
    result = run("status")
    assert result.exit_code == code
    assert f"server  {state.value}" in result.stdout
    assert result.stderr == ""


def test_all_stacks(states: dict[str, State], pulumi: FakePulumi) -> None:
    states |= {"prod": State.ERROR, "edge": State.WARNING}
    result = run("status", "--stack", "all", "--output", "json", "--jobs", "2")
    assert result.exit_code == 1
    content = json.loads(result.stdout)
    assert [each["stack"] for each in content["stacks"]] == ["dev", "edge", "prod"]
    assert content["state"] == "error"
    exports = pulumi.calls_of("stack export")
    assert sorted(exports) == [
        f"stack export --stack {stack} --show-secrets" for stack in ("dev", "edge", "prod")
    ]
    assert run("status", "--stack", "dev,edge").exit_code == 0


@pytest.mark.parametrize(
    ("found", "selection", "shown"),
    [
        ({"dev": State.ERROR, "prod": State.OK}, "all", ["prod"]),
        ({"dev": State.ERROR, "prod": State.ERROR}, "all", ["prod"]),
        ({"dev": State.ERROR, "prod": State.OK}, "dev,prod", ["dev", "prod"]),
        ({"dev": State.ERROR}, "all", ["dev"]),
    ],
)
def test_unused_development_stack(
    states: dict[str, State], found: dict[str, State], selection: str, shown: list[str]
) -> None:
    states |= found
    result = run("status", "--stack", selection, "--output", "json")
    content = json.loads(result.stdout)
    assert [each["stack"] for each in content["stacks"]] == shown
    assert result.exit_code == (content["state"] == "error")


@pytest.mark.parametrize("state", [State.ERROR, State.WARNING, State.UNKNOWN])
def test_notice(states: dict[str, State], state: State) -> None:
    states["prod"] = state
    result = run("status", "--stack", "dev,prod", "--output", "notice")
    assert result.exit_code == (state is State.ERROR)
    assert f"server  {state.value}" in result.stdout
    assert "dev" not in result.stdout


def test_no_notice(states: dict[str, State]) -> None:
    result = run("status", "--output", "notice")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_invalid_output() -> None:
    assert 'OUTPUT: invalid value "yaml"' in run("status", "--output", "yaml").stderr
