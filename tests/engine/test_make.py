"""`make up` runs the program from its own process: what it says of an update that fails, and that it is the same program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from cli.paths import ROOT
from tests.engine.conftest import configure, make_up, said, started
from tests.support.docker import (
    DEVELOPMENT_IMAGE,
    container_names,
    free_port,
    inspect,
    volume_names,
)
from tests.support.engine import engine_environment
from trial.removal import owner


def test_wrong_settings_are_told_once_before_docker_is_asked(project: tuple[Path, str]) -> None:
    directory, stack = project
    configure(directory, stack, port=99999, users=[{"name": "a:b"}], dockerHost="tcp://127.0.0.1:1")
    failed = make_up(directory, stack)
    shown = said(failed, 1)
    assert shown.count("Found 2 invalid settings in stack") == 1, shown
    assert shown.count("port: invalid value 99999") == 1, shown
    assert "Traceback" not in shown
    assert "unhandled" not in shown
    assert container_names(stack) == set()


def test_a_failed_verification_is_told_with_the_servers_log(project: tuple[Path, str]) -> None:
    directory, stack = project
    configure(
        directory,
        stack,
        server={"extra": {"storage": {"filesystem": {"maxthreads": "many"}}}},
        tls={"mode": "off"},
    )
    failed = make_up(directory, stack)
    shown = said(failed, 1)
    assert f"The registry in the container {stack} failed verification." in shown
    assert "Fix:" in shown
    assert "Traceback" not in shown


def test_a_proxy_is_not_asked_for_what_is_on_this_machine(project: tuple[Path, str]) -> None:
    directory, stack = project
    nobody = f"http://127.0.0.1:{free_port()}"
    proxies = {
        name: nobody
        for kind in ("http", "https", "all")
        for name in (f"{kind}_proxy", f"{kind}_proxy".upper())
    }
    proxied = started(
        directory,
        stack,
        "up",
        "--no-policy",
        environment={**proxies, "no_proxy": "", "NO_PROXY": ""},
    )
    said(proxied)


@pytest.mark.parametrize("moment", ["registry-key", "registry-users-writer"])
def test_ctrl_c_ends_an_update_without_a_traceback_and_the_next_one_goes_on(
    project: tuple[Path, str], moment: str
) -> None:
    directory, stack = project
    stopped = make_up(directory, stack, start_new_session=True)
    assert stopped.stdout is not None
    for line in stopped.stdout:
        if moment in line:
            break
    os.killpg(stopped.pid, signal.SIGINT)  # as the terminal does
    shown = stopped.communicate(timeout=120)[0]
    assert stopped.returncode == 1, shown
    assert "^C received; cancelling" in shown, shown
    assert shown.endswith(
        "x Stopped by Ctrl-C; nothing is lost, and the same command goes on from here.\n"
    ), shown
    assert "failed, for the reason above" not in shown, (
        "Pulumi's reason may be a plugin that it stopped itself"
    )
    assert "Traceback" not in shown, shown
    again = make_up(directory, stack)
    said(again)


def test_a_purge_touches_nothing_while_another_container_has_the_packs(
    project: tuple[Path, str],
) -> None:
    directory, stack = project
    up = make_up(directory, stack)
    said(up)
    there = container_names(stack)
    user = docker.from_env().containers.create(
        DEVELOPMENT_IMAGE, name=f"{stack}-backup", volumes=[f"{stack}-data:/data"]
    )
    try:
        refused = started(directory, stack, "down", "--purge", "--yes")
        told = refused.communicate()[0]
    finally:
        user.remove(force=True)
    assert refused.returncode == 1
    assert f"The volume {stack}-data is in use by the container {stack}-backup" in told
    assert "Traceback" not in told
    assert (container_names(stack), f"{stack}-data" in volume_names(stack)) == (there, True)
    again = started(directory, stack, "down", "--purge", "--yes")
    said(again)
    assert (container_names(stack), volume_names(stack)) == (set(), set())


def test_a_registry_is_left_alone_by_whoever_is_logged_in_to_another_backend_than_has_its_record(
    project: tuple[Path, str],
) -> None:
    directory, stack = project
    up = make_up(directory, stack)
    said(up)
    container = inspect(stack)["Id"]
    elsewhere = directory / "elsewhere"
    elsewhere.mkdir()
    backend = {
        "PULUMI_BACKEND_URL": elsewhere.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(directory / ".state" / "passphrase"),
    }
    for command in ("up", "preview", "down"):
        refused = started(directory, stack, command, environment=backend)
        told = said(refused, 1)
        assert (
            f"Its record is in .state here, but PULUMI_BACKEND_URL is {elsewhere.as_uri()}: move it (docs/operations.md, State and secrets)"
            in told
        )
        assert "docker rm" not in told, "its record is not lost"
    assert not list(elsewhere.glob(f".pulumi/stacks/*/{stack}.json*")), (
        "no stack is made in the other backend"
    )
    assert inspect(stack)["Id"] == container
    down = started(directory, stack, "down", "--purge", "--yes")
    said(down)


def test_a_trial_leaves_the_registry_and_the_packs_that_make_up_made(
    project: tuple[Path, str],
) -> None:
    directory, stack = project
    up = make_up(directory, stack)
    said(up)
    there = container_names(stack)
    trial = [sys.executable, "-m", "trial", "up", "--stack", stack]
    beside = subprocess.run(trial, cwd=directory, capture_output=True, text=True, check=False)
    assert beside.returncode == 1
    assert beside.stderr == (
        f"x The registry of {stack} runs already, made by `make up STACK={stack}`; "
        f"`make down STACK={stack}` removes it and keeps its packs, or try another STACK.\n"
    )
    assert container_names(stack) == there
    down = started(directory, stack, "down")
    said(down)
    over = subprocess.run(trial, cwd=directory, capture_output=True, text=True, check=False)
    assert over.returncode == 1
    assert over.stderr == (
        f"x The volume {stack}-data is there already and does not belong to this trial: it holds the packs of the stack {stack}; set another "
        f"containerName or storage.volume, or remove that volume, and all that is in it, with `docker volume rm {stack}-data`.\n"
    )
    assert (container_names(owner(stack).stack), volume_names(owner(stack).stack)) == (
        set(),
        set(),
    ), "nothing is made"
    assert volume_names(stack) == {f"{stack}-data"}


def test_typed_by_hand_the_program_finds_nothing_to_change_after_make_up(
    project: tuple[Path, str],
) -> None:
    directory, stack = project
    first = make_up(directory, stack)
    said(first)
    container = inspect(stack)["Id"]
    (directory / "elsewhere").mkdir()
    environment = {
        **engine_environment(directory / "elsewhere"),
        "PULUMI_BACKEND_URL": (directory / ".state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(directory / ".state" / "passphrase"),
    }
    del environment["PULUMI_CONFIG_PASSPHRASE"]
    command = ["pulumi", "preview", "--stack", stack, "--expect-no-changes"]
    typed = subprocess.run(
        command,
        cwd=directory,
        env={"HOME": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert typed.returncode == 0, typed.stdout + typed.stderr
    assert inspect(stack)["Id"] == container
