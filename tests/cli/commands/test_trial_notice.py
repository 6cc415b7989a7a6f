"""Commands name the trial of a stack that has no registry, or that needs the missing CLI."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from cli.commands import down, outputs, preview, status
from cli.docker import trial_notice
from cli.pulumi.install import PulumiNotInstalledError
from cli.status import run as status_run
from components.settings import Settings
from tests.cli.commands.fakes import NO_STACK, FakeApi, run
from tests.support.commands import FakePulumi

NOTICE = (
    "A trial of stack dev is running. `make try-down` removes it and its packs; "
    "`make --silent try-ca` prints its CA certificate."
)
PASSWORDS = "`make try DETACH=1 SECRETS=1` creates it again with new passwords, and shows them."


class Trial:
    """The objects of a trial of dev on the fake Docker host."""

    def __init__(self, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
        self.api = api
        self.settings: dict[str, Any] = {"hostname": "localhost", "containerName": "packs"}
        self.volumes = ["packs-config", "packs-data"]
        monkeypatch.setattr(trial_notice, "operational_settings", self._settings)
        monkeypatch.setattr(api, "volumes", self._volumes)

    def _settings(self, _: str) -> Settings:
        return Settings.model_validate(self.settings)

    def _volumes(self, **_: Any) -> dict[str, Any]:
        return {"Volumes": [{"Name": name} for name in self.volumes]}

    def start(self, state: str = "running", *writers: str) -> None:
        self.api.add("packs", "trial/dev", state)
        for writer in writers or ("certificate", "users"):
            self.api.add(f"packs-config-{writer}-writer", "trial/dev", "created")


@pytest.fixture
def trial(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> Trial:
    return Trial(api, monkeypatch)


@pytest.fixture
def without_cli(monkeypatch: pytest.MonkeyPatch) -> PulumiNotInstalledError:
    """No Pulumi CLI, and a site that can't be reached."""
    error = PulumiNotInstalledError("get.pulumi.com: no route", is_unreachable=True)

    def fail() -> None:
        raise error

    for module in (down, outputs, preview, status):
        monkeypatch.setattr(module, "require_pulumi", fail)
    monkeypatch.setattr("cli.stack_registry.require_pulumi", fail)
    return error


@pytest.mark.parametrize("command", ["down", "outputs", "packs", "preview", "status"])
def test_without_cli(
    trial: Trial, without_cli: PulumiNotInstalledError, pulumi: FakePulumi, command: str
) -> None:
    offer = "To try the registry without Pulumi, run `make try`."
    result = run(command)
    assert (result.exit_code, result.stderr) == (1, f"x {without_cli.message} {offer}\n")
    trial.start()
    shown = f"{NOTICE} {PASSWORDS}" if command == "outputs" else NOTICE
    result = run(command)
    assert (result.exit_code, result.stderr) == (1, f"x {without_cli.message} {shown}\n")


def test_other_reason_offers_no_trial(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    error = PulumiNotInstalledError("it has another digest")

    def fail() -> None:
        raise error

    monkeypatch.setattr(outputs, "require_pulumi", fail)
    assert run("outputs").stderr == f"x {error.message}\n"


def test_stack_on_kubernetes_has_no_trial(
    trial: Trial, without_cli: PulumiNotInstalledError
) -> None:
    trial.start()
    trial.settings |= {"target": "kubernetes"}
    assert run("outputs").stderr == f"x {without_cli.message}\n"


def test_outputs(trial: Trial, pulumi: FakePulumi) -> None:
    pulumi.answers["stack output"] = NO_STACK
    result = run("outputs")
    create = "Create the registry with `make up`."
    assert (result.exit_code, result.stderr) == (1, f"x Stack dev has no outputs. {create}\n")
    trial.start()
    result = run("outputs")
    assert (result.exit_code, result.stderr) == (
        1,
        f"x Stack dev has no outputs. {NOTICE} {PASSWORDS}\n",
    )


@pytest.mark.parametrize("command", ["packs", "pull", "catalog"])
def test_commands_of_registry(trial: Trial, pulumi: FakePulumi, command: str) -> None:
    pulumi.answers["stack output"] = NO_STACK
    arguments = ["--pack", "nginx:1.0.0"] if command == "pull" else []
    trial.start()
    result = run(command, *arguments)
    assert (result.exit_code, result.stderr) == (1, f"x Stack dev has no registry. {NOTICE}\n")


def test_down(trial: Trial, pulumi: FakePulumi) -> None:
    pulumi.answers["stack export"] = NO_STACK
    nothing = "> The registry of stack dev is not up. Nothing was removed."
    assert run("down").stderr == f"{nothing}\n"
    trial.start()
    result = run("down")
    assert (result.exit_code, result.stderr) == (0, f"{nothing} {NOTICE}\n")
    assert not pulumi.calls_of("stop", "remove"), "the trial stays"


def test_status(trial: Trial, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi.answers["stack export"] = NO_STACK
    monkeypatch.setattr(status, "require_pulumi", lambda: pulumi)
    monkeypatch.setattr(status_run, "read_config", lambda _: {})
    settings = Settings.model_validate(trial.settings)
    monkeypatch.setattr(status_run, "readable_settings", lambda _: settings)
    assert "-> Create it with `make up`." in run("status").stdout
    trial.start()
    result = run("status")
    assert result.exit_code == 1
    assert "Stack dev has no registry\n" in result.stdout
    assert f"-> {NOTICE}\n" in result.stdout
    assert "`make up`" not in result.stdout, "it refuses to run"


def test_other_stack(trial: Trial, pulumi: FakePulumi) -> None:
    pulumi.answers["stack output"] = NO_STACK
    trial.start()
    assert "trial" not in run("outputs", "--stack", "prod").stderr
    trial.api.add("other", "trial/prod")
    assert (
        "A trial of stack prod is running. `make try-down STACK=prod` removes it and its packs."
        in run("outputs", "--stack", "prod").stderr
    )


@pytest.mark.parametrize(
    ("storage", "volumes", "removal"),
    [
        ({}, ["packs-data"], "removes it and its packs;"),
        ({"kind": "path", "path": "/srv/packs"}, ["packs-config"], "removes it;"),
        ({"volume": "shared"}, ["packs-config"], "removes it;"),
    ],
)
def test_packs_that_stay(
    trial: Trial, pulumi: FakePulumi, storage: dict[str, Any], volumes: list[str], removal: str
) -> None:
    pulumi.answers["stack output"] = NO_STACK
    trial.settings["storage"] = storage
    trial.volumes = volumes
    trial.start()
    assert f"`make try-down` {removal}" in run("outputs").stderr


def test_trial_without_certificate(trial: Trial, pulumi: FakePulumi) -> None:
    pulumi.answers["stack output"] = NO_STACK
    trial.start("running", "users")
    assert "try-ca" not in run("outputs").stderr


def test_stopped_trial(trial: Trial, pulumi: FakePulumi) -> None:
    pulumi.answers["stack output"] = NO_STACK
    trial.start("exited")
    assert "A trial of stack dev exists, but does not run. `make try-down`" in run("outputs").stderr


def test_unreachable_docker_host(
    trial: Trial, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi.answers["stack output"] = NO_STACK
    trial.start()

    def fail(**_: Any) -> None:
        raise requests.ConnectionError("no route to host")

    monkeypatch.setattr(trial.api, "containers", fail)
    message = "x Stack dev has no outputs. Create the registry with `make up`.\n"
    assert run("outputs").stderr == message


def test_invalid_settings(trial: Trial, pulumi: FakePulumi) -> None:
    pulumi.answers["stack output"] = NO_STACK
    trial.start()
    trial.settings["port"] = 70_000
    message = "x Stack dev has no outputs. Create the registry with `make up`.\n"
    assert run("outputs").stderr == message
