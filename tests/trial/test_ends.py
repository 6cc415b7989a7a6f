"""However a trial ends, what it made goes with it, and nothing else does."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import docker
import pytest

from cli.stack import PROJECT
from common.labels import PREFIX
from tests.support.docker import DEVELOPMENT_IMAGE
from tests.support.live import expect_no_traceback
from tests.support.registry import Client
from tests.trial.conftest import Factory

SECONDS = 30


def wait_for(there: Callable[[], object], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not there():
        assert time.monotonic() < end, f"{what} did not come within {SECONDS} s"
        time.sleep(0.005)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_on_a_terminal_it_waits_and_then_removes_everything(
    registry: Factory, number: signal.Signals
) -> None:
    made = registry()
    with made.on_a_terminal() as running:
        assert running.stderr is not None
        assert any("Ctrl-C removes all of it." in line for line in running.stderr), (
            "it is said how it ends"
        )
        assert made.containers() == made.containers_of_https
        running.send_signal(number)
        said = running.communicate(timeout=SECONDS)[1]
    assert running.returncode == 0, "that is how it is meant to end"
    assert (
        f"Removed the containers {', '.join(sorted(made.containers_of_https))} and the volumes"
        in said
    )
    expect_no_traceback(said)
    made.expect_untouched()


@pytest.mark.parametrize("made_by_then", ["nothing", "a volume", "the writer", "the server"])
def test_in_the_midst_of_it_ctrl_c_removes_what_is_there_by_then(
    registry: Factory, made_by_then: str
) -> None:
    made = registry()
    with made.on_a_terminal() as running:
        match made_by_then:
            case "nothing":
                assert running.stderr is not None
                assert any("Applying the program" in line for line in running.stderr)
            case "a volume":
                wait_for(made.volumes, "a volume")
            case "the writer":
                wait_for(made.containers, "a container")
            case _:
                wait_for(lambda: made.stack_name in made.containers(), "the server's container")
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=SECONDS)[1]
    assert running.returncode == 130, said
    expect_no_traceback(said)
    made.expect_untouched()


def test_the_makefile_tries_shows_the_ca_and_removes(registry: Factory) -> None:
    made = registry()
    up = made.make("try", "OUTPUT=json", "SECRETS=1")
    assert up.returncode == 0, up.stderr
    ca = made.make("try-ca")
    assert (ca.returncode, ca.stderr) == (0, "")
    assert Client(f"https://localhost:{made.port}", ca.stdout).status("/health") == 200, (
        "it is what clients have to trust"
    )
    down = made.make("try-down")
    assert down.returncode == 0
    containers = ", ".join(sorted(made.containers_of_https))
    removed = f"the containers {containers} and the volumes {made.stack_name}-config, {made.stack_name}-data"
    assert down.stderr == f"> Removed {removed}.\n"
    made.expect_untouched()


def test_with_nothing_there_it_is_safe_to_remove(registry: Factory) -> None:
    made = registry()
    down = made.run("down")
    assert (down.returncode, down.stderr) == (
        0,
        f"> There is no trial of {made.stack_name}; nothing was removed.\n",
    )
    ca = made.run("ca")
    assert (ca.returncode, ca.stderr) == (
        1,
        f"x There is no trial of {made.stack_name}; bring one up with `make try STACK={made.stack_name}`.\n",
    )


def test_detached_on_a_terminal_it_does_not_wait(registry: Factory) -> None:
    made = registry(tls={"mode": "off"})
    with made.on_a_terminal("--detach") as running:
        said = running.communicate(timeout=SECONDS)[1]
    assert running.returncode == 0, said
    assert f"It runs on; `make try-down STACK={made.stack_name}` removes all of it." in said
    assert f"To ask it: curl http://localhost:{made.port}/health" in said
    assert made.stack_name in made.containers()
    ca = made.run("ca")
    assert (ca.returncode, ca.stdout) == (1, "")
    assert (
        f"The trial of {made.stack_name} serves plain HTTP (tls.mode is off): it has no certificate."
        in ca.stderr
    )


def test_only_what_is_the_trials_own_is_removed(registry: Factory) -> None:
    made = registry()
    made.up()
    client = docker.from_env()
    others = {
        "a real stack of the same name": made.stack_name,
        "another stack's trial": f"{made.label}-2",
    }
    foreign = {
        whose: client.api.create_container(
            DEVELOPMENT_IMAGE, labels={f"{PREFIX}.project": PROJECT, f"{PREFIX}.stack": label}
        )["Id"]
        for whose, label in others.items()
    }
    try:
        made.down()
        for whose, identifier in foreign.items():
            assert client.api.inspect_container(identifier)["Id"] == identifier, (
                f"{whose} is somebody else's"
            )
    finally:
        for identifier in foreign.values():
            client.api.remove_container(identifier, force=True)


def test_a_volume_that_somebody_uses_stays_and_that_is_told(registry: Factory) -> None:
    made = registry()
    made.up()
    client = docker.from_env()
    user = client.containers.create(DEVELOPMENT_IMAGE, volumes=[f"{made.stack_name}-data:/data"])
    try:
        down = made.run("down")
        assert down.returncode == 1
        assert f"The trial of {made.stack_name} could not be removed" in down.stderr
        assert "volume is in use" in down.stderr
    finally:
        user.remove(force=True)
    made.down()
    made.expect_untouched()
