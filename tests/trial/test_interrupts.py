"""The end of a trial removes everything that it created, and nothing else."""

from __future__ import annotations

import signal
from collections.abc import Callable

import docker
import pytest

from cli.paths import PROJECT
from common.labels import PREFIX
from common.wait import wait_until
from tests.support.docker import DEVELOPMENT_IMAGE
from tests.support.live import expect_no_traceback
from tests.support.registry import Client
from tests.trial.conftest import Factory

SECONDS = 30


def wait_for(exists: Callable[[], object], what: str) -> None:
    assert wait_until(lambda: bool(exists()), SECONDS, 0.005), f"no {what} within {SECONDS} s"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_terminal_waits_then_removes_everything(
    new_registry: Factory, number: signal.Signals
) -> None:
    registry = new_registry()
    with registry.on_a_terminal() as running:
        assert running.stderr is not None
        assert any("Press Ctrl-C to remove the trial." in line for line in running.stderr)
        assert registry.containers() == registry.containers_of_https
        running.send_signal(number)
        said = running.communicate(timeout=SECONDS)[1]
    assert running.returncode == 0, "Ctrl-C is the normal end"
    assert (
        f"Removed the containers {', '.join(sorted(registry.containers_of_https))} and the volumes"
        in said
    )
    expect_no_traceback(said)
    registry.expect_untouched()


@pytest.mark.parametrize("created", ["nothing", "a volume", "a file writer", "the server"])
def test_ctrl_c_removes_partial_trial(new_registry: Factory, created: str) -> None:
    registry = new_registry()
    with registry.on_a_terminal() as running:
        match created:
            case "nothing":
                assert running.stderr is not None
                assert any("Applying the program" in line for line in running.stderr)
            case "a volume":
                wait_for(registry.volumes, "volume")
            case "a file writer":
                wait_for(registry.containers, "container")
            case _:
                wait_for(lambda: registry.stack_name in registry.containers(), "server container")
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=SECONDS)[1]
    assert running.returncode == 130, said
    expect_no_traceback(said)
    registry.expect_untouched()


def test_make_targets(new_registry: Factory) -> None:
    registry = new_registry()
    up = registry.make("try", "OUTPUT=json", "SECRETS=1")
    assert up.returncode == 0, up.stderr
    ca = registry.make("try-ca")
    assert (ca.returncode, ca.stderr) == (0, "")
    assert Client(f"https://localhost:{registry.port}", ca.stdout).status("/health") == 200, (
        "clients have to trust it"
    )
    down = registry.make("try-down")
    assert down.returncode == 0
    containers = ", ".join(sorted(registry.containers_of_https))
    volumes = f"{registry.stack_name}-config, {registry.stack_name}-data"
    assert down.stderr == f"> Removed the containers {containers} and the volumes {volumes}.\n"
    registry.expect_untouched()


def test_down_without_trial(new_registry: Factory) -> None:
    registry = new_registry()
    down = registry.run("down")
    assert (down.returncode, down.stderr) == (
        0,
        f"> Stack {registry.stack_name} has no trial. Nothing was removed.\n",
    )
    ca = registry.run("ca")
    start = f"Start one with `make try STACK={registry.stack_name}`."
    message = f"x Stack {registry.stack_name} has no trial. {start}\n"
    assert (ca.returncode, ca.stderr) == (1, message)


def test_detached_trial_does_not_wait(new_registry: Factory) -> None:
    registry = new_registry(tls={"mode": "off"})
    with registry.on_a_terminal("--detach") as running:
        said = running.communicate(timeout=SECONDS)[1]
    assert running.returncode == 0, said
    remove = f"To remove it, run `make try-down STACK={registry.stack_name}`."
    assert f"The trial keeps running. {remove}" in said
    assert f"To send a request: curl http://localhost:{registry.port}/health" in said
    assert registry.stack_name in registry.containers()
    ca = registry.run("ca")
    assert (ca.returncode, ca.stdout) == (1, "")
    reason = "serves plain HTTP (tls.mode is off) and has no certificate."
    assert f"The trial of {registry.stack_name} {reason}" in ca.stderr


def test_down_keeps_resources_of_other_owners(new_registry: Factory) -> None:
    registry = new_registry()
    registry.up()
    client = docker.from_env()
    others = {
        "a real stack of the same name": registry.stack_name,
        "another stack's trial": f"{registry.label}-2",
    }
    foreign = {
        whose: client.api.create_container(
            DEVELOPMENT_IMAGE, labels={f"{PREFIX}.project": PROJECT, f"{PREFIX}.stack": label}
        )["Id"]
        for whose, label in others.items()
    }
    try:
        registry.down()
        for whose, identifier in foreign.items():
            assert client.api.inspect_container(identifier)["Id"] == identifier, (
                f"{whose} must stay"
            )
    finally:
        for identifier in foreign.values():
            client.api.remove_container(identifier, force=True)


def test_volume_in_use_is_reported(new_registry: Factory) -> None:
    registry = new_registry()
    registry.up()
    client = docker.from_env()
    user = client.containers.create(
        DEVELOPMENT_IMAGE, volumes=[f"{registry.stack_name}-data:/data"]
    )
    try:
        down = registry.run("down")
        assert down.returncode == 1
        assert f"The trial of {registry.stack_name} could not be removed" in down.stderr
        assert "volume is in use" in down.stderr
    finally:
        user.remove(force=True)
    registry.down()
    registry.expect_untouched()
