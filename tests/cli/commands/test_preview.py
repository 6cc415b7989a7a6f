"""``make preview``, and what it shares with ``make up``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli import policy
from cli.paths import ROOT
from cli.pulumi import backend
from tests.cli.commands.fakes import NO_STACK, FakeApi, run
from tests.support.commands import FakePulumi


def test_exit_code(pulumi: FakePulumi) -> None:
    pulumi.answers["preview"] = (7, "", "")
    result = run("preview", "--stack", "prod")
    assert result.exit_code == 7
    assert result.stderr.endswith(
        "x Preview of stack prod failed. No resources were changed. "
        "Fix the error above and run `make preview STACK=prod` again.\n"
    )


RUNS = (
    "A registry of stack dev already runs on the Docker host ssh://build (container packs). "
    "No changes were made."
)


def unrecorded(_: FakePulumi, _stack: str, if_unrecorded: Callable[[], None]) -> None:
    """Replaces `ensure_stack` for a stack without state."""
    if_unrecorded()


@pytest.mark.parametrize("command", ["up", "preview"])
def test_registry_of_other_checkout(
    pulumi: FakePulumi, api: FakeApi, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    api.add("packs")
    assert run(command).exit_code == 0
    pulumi.calls.clear()
    monkeypatch.setattr("cli.docker.host.ensure_stack", unrecorded)
    result = run(command)
    assert result.exit_code == 1
    assert RUNS in result.stderr
    assert "remove it there with `make down`" in result.stderr
    assert "run `docker rm -f packs`" in result.stderr
    assert not pulumi.calls_of(command, "stop", "remove")


@pytest.mark.parametrize("command", ["up", "preview", "down"])
@pytest.mark.parametrize(
    ("variable", "selected", "deselect"),
    [
        (
            "",
            "Pulumi is logged in to https://api.pulumi.com.",
            "pulumi logout",
        ),
        (
            "postgres://me:pass@db/pulumi",
            "PULUMI_BACKEND_URL is postgres://db/pulumi.",
            "unset PULUMI_BACKEND_URL",
        ),
    ],
    ids=["login", "environment"],
)
def test_state_in_unselected_backend(
    pulumi: FakePulumi,
    api: FakeApi,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: str,
    variable: str,
    selected: str,
    deselect: str,
) -> None:
    api.add("packs")
    file = tmp_path / ".pulumi" / "stacks" / "pack-registry" / "dev.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"version": 3, "checkpoint": {"latest": {"resources": [{}]}}}')
    monkeypatch.setattr(backend, "PULUMI_HOME", tmp_path)
    (tmp_path / "credentials.json").write_text('{"current": "https://api.pulumi.com"}')
    if variable:
        pulumi.environment["PULUMI_BACKEND_URL"] = variable
    pulumi.answers["stack export"] = NO_STACK
    monkeypatch.setattr("cli.docker.host.ensure_stack", unrecorded)
    result = run(command)
    assert result.exit_code == 1
    assert result.stderr == (
        f"x {RUNS} Its state is in .state here, but {selected} Move the state "
        f"(docs/how-to/state-backend.md, Move the state to another backend), or run `{deselect}`, "
        "then run this command again.\n"
    )
    assert not pulumi.calls_of(command, "stop", "destroy", "remove")


PACK = f"--policy-pack {ROOT / 'policy'}"


@pytest.mark.parametrize("command", ["preview", "up"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stack", "dev"], None),
        (
            ["--stack", "dev", "--policy"],
            f"{PACK} --policy-pack-config {ROOT / 'policy' / 'dev.json'}",
        ),
        (["--stack", "prod"], f"{PACK} --policy-pack-config {ROOT / 'policy' / 'prod.json'}"),
        (["--stack", "prod", "--no-policy"], None),
        (["--stack", "edge"], PACK),
    ],
)
def test_policy_options(
    pulumi: FakePulumi, command: str, arguments: list[str], message: str | None
) -> None:
    run(command, *arguments)
    (call,) = pulumi.calls_of(f"{command} ")
    if message is None:
        assert "--policy-pack" not in call
    else:
        assert f" {message} " in call
    if command == "up":
        assert ("--skip-preview" in call) is (message is None), "a violation stops the preview"


@pytest.mark.parametrize("command", ["preview", "up"])
def test_invalid_policy_configuration(
    pulumi: FakePulumi, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(policy, "PACK", tmp_path)
    (tmp_path / "prod.json").write_text('{"image-registy": {}}')
    result = run(command, "--stack", "prod")
    assert result.exit_code == 1
    assert 'Unknown policy image-registy. Did you mean "image-registry"?' in result.stderr
    assert pulumi.calls == ["checked prod"]
