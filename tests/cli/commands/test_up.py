"""``make up``."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from cli import update
from cli.commands import preview, up
from cli.console import CommandError
from cli.pulumi.binary import Pulumi
from cli.pulumi.inline_program import ServedProgram
from cli.pulumi.install import PulumiNotInstalledError
from components.docker import server_check, server_version
from components.docker.connection import docker
from components.docker.container_state import ContainerState
from components.settings import Settings
from tests.cli.commands.fakes import FakeApi, run
from tests.support.commands import FakePulumi
from tests.support.fakes import FakeContainer
from trial import command as trial_command


def test_steps_and_outputs(pulumi: FakePulumi) -> None:
    result = run("up", "--stack", "prod")
    assert result.exit_code == 0
    assert pulumi.calls[:5] == [
        "checked prod",
        "settings of prod",
        "docker at ssh://build",
        "image pack-registry-dev:1.1.0",
        "stack prod",
    ], "settings first: an invalid one can be the reason for every other problem"
    update = pulumi.calls[5].split()
    assert (update[0], update[1:3]) == ("up", ["--stack", "prod"])
    assert {"--yes", "--refresh", "--skip-config-validation"} <= set(update)
    assert "endpoint" in result.stdout
    assert "To show its passwords, run `make outputs SECRETS=1 STACK=prod`." in result.stderr
    assert pulumi.calls[6] == "stack output --stack prod --json"


def test_unverified_update(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    unverified = Settings.model_validate({"hostname": "packs.example.com", "verify": False})
    monkeypatch.setattr(update, "operational_settings", lambda _: unverified)
    shown = run("up").stderr
    assert "The registry is up. It was not verified, because verify is false." in shown
    assert "up and verified" not in shown


def test_trial_exists(pulumi: FakePulumi, api: FakeApi) -> None:
    api.add("spectro-registry", "trial/dev")
    result = run("up")
    assert result.exit_code == 1
    assert (
        "A trial of stack dev exists (the container spectro-registry). Remove it and its packs "
        "with `make try-down`, then run `make up` again."
    ) in result.stderr
    assert not pulumi.calls_of("up")


def test_trial_if_cli_is_missing(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[str, bool]] = []
    monkeypatch.setattr(up, "find_or_install_pulumi", lambda: None)
    monkeypatch.setattr(trial_command, "up", lambda stack, wait: tried.append((stack, wait)))
    for arguments, stack in ((("up",), "dev"), (("up", "--stack", "edge", "--no-policy"), "edge")):
        result = run(*arguments)
        assert (result.exit_code, tried.pop()) == (0, (stack, False))
        assert "Continuing with a trial: the same program, applied to Docker" in result.stderr
    assert "Then run `make try-down STACK=edge` and `make up STACK=edge`." in result.stderr


@pytest.mark.parametrize(
    "arguments", [("--stack", "prod"), ("--policy",), ("--stack", "edge", "--policy")]
)
def test_no_trial_of_checked_stack(
    arguments: tuple[str, ...], pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def fail() -> Pulumi:
        raise PulumiNotInstalledError("no network")

    monkeypatch.setattr(up, "require_pulumi", fail)
    monkeypatch.setattr(trial_command, "up", lambda stack, wait: tried.append(stack))
    result = run("up", *arguments)
    assert (result.exit_code, tried) == (1, [])
    stack = arguments[1] if arguments[0] == "--stack" else "dev"
    assert result.stderr == (
        "x The Pulumi CLI is not installed and could not be downloaded (no network). "
        f"Stack {stack} is checked against the policies, which requires the CLI. "
        "No changes were made. Install it with `curl -fsSL https://get.pulumi.com | sh` "
        "(https://www.pulumi.com/docs/install/), then run this command again.\n"
    )


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> ServedProgram:
    """What the CLI did with the program before it failed."""
    program = ServedProgram()
    for command in (up, preview):
        monkeypatch.setattr(command, "serve_program", lambda _: contextlib.nullcontext(program))
    return program


@pytest.mark.parametrize(
    ("server", "answering", "sentence"),
    [
        (None, False, "No registry runs."),
        ("running", True, "The registry answers. Packs and state are unchanged or recoverable."),
        ("running", False, "The registry does not answer: its container packs is running."),
        ("exited", False, "The registry does not answer: its container packs is exited."),
        (OSError(), False, "It is unknown whether the registry answers, because Docker does not"),
    ],
)
def test_failed_update(
    server: str | OSError | None,
    answering: bool,
    sentence: str,
    pulumi: FakePulumi,
    served: ServedProgram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    served.declared_resources = True

    def find(*_: Any) -> ContainerState | None:
        if isinstance(server, OSError):
            raise server
        return FakeContainer("packs", status=server).state if server else None

    monkeypatch.setattr(server_version, "find_server", find)
    monkeypatch.setattr(server_check, "answers", lambda *_: answering)
    pulumi.answers["up"] = (255, "", "")
    result = run("up")
    assert result.exit_code == 1
    ending = result.stderr.splitlines()[-1]
    assert ending.startswith(
        "x Update of stack dev failed. Fix the error above and run `make up` again. " + sentence
    )
    assert ("unchanged" in ending) is answering, "nothing is fine if the registry is down"


def test_stopped_before_changes(pulumi: FakePulumi, served: ServedProgram) -> None:
    pulumi.answers["up"] = (255, "", "")
    result = run("up", "--stack", "prod")
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "x Update of stack prod failed. No resources were changed. Fix the error above and run "
        "`make up STACK=prod` again.\n"
    )


@pytest.mark.parametrize("command", ["up", "preview"])
@pytest.mark.parametrize(
    ("stack", "passed_preview", "is_shown"),
    [("new", True, True), ("new", False, False), ("prod", True, False), ("dev", True, False)],
    ids=["rejected by policies", "invalid", "own configuration", "exempt"],
)
def test_missing_policy_configuration(
    pulumi: FakePulumi,
    served: ServedProgram,
    command: str,
    stack: str,
    passed_preview: bool,
    is_shown: bool,
) -> None:
    pulumi.answers[command] = (255, "", "")
    served.passed_preview = passed_preview
    hint = (
        "> Stack new has no policy configuration (policy/new.json), so every policy has its "
        "defaults. For the exemptions of the development stack, run "
        "`cp policy/dev.json policy/new.json`, and edit the copy.\n"
    )
    assert (hint in run(command, "--stack", stack).stderr) is is_shown


def test_docker_error(pulumi: FakePulumi, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise docker.errors.APIError("500 Server Error", explanation="no space left on device")

    monkeypatch.setattr(api, "containers", fail)
    assert run("up").stderr == (
        "x The containers and volumes of stack dev could not be listed: "
        "Docker error (no space left on device). Fix it, then run `make up`.\n"
    )


def test_command_error(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_: str) -> None:
        raise CommandError("Docker is not installed.")

    monkeypatch.setattr("cli.docker.host.ensure_docker", stop)
    result = run("up")
    assert (result.exit_code, result.stderr) == (1, "x Docker is not installed.\n")
