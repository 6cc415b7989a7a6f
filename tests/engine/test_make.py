"""The commands with a real Pulumi CLI: failures, Ctrl-C, other owners, and `pulumi` by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from cli.owners import trial_owner
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


def test_invalid_settings_are_reported_once(project: tuple[Path, str]) -> None:
    directory, stack = project
    configure(directory, stack, port=99999, users=[{"name": "a:b"}], dockerHost="tcp://127.0.0.1:1")
    failed = make_up(directory, stack)
    shown = said(failed, 1)
    assert shown.count("Found 2 invalid settings in stack") == 1, shown
    assert shown.count("port: invalid value 99999") == 1, shown
    assert "Traceback" not in shown
    assert "unhandled" not in shown
    assert container_names(stack) == set()


def test_failed_verification(project: tuple[Path, str]) -> None:
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


@pytest.mark.parametrize("stopped_by", ["preflight", "policies"])
def test_stopped_before_changes(project: tuple[Path, str], stopped_by: str) -> None:
    directory, stack = project
    if stopped_by == "policies":
        shown = said(started(directory, stack, "up", "--policy"), 1)
        assert "image-pinned" in shown
        assert f"run `cp policy/dev.json policy/{stack}.json`" in shown
    else:
        configure(directory, stack, networks=["missing"])
        shown = said(make_up(directory, stack), 1)
        assert "networks" in shown
    assert f"Update of stack {stack} failed. No resources were changed." in shown.splitlines()[-1]
    assert container_names(stack) == volume_names(stack) == set()


def test_wrong_passphrase(project: tuple[Path, str]) -> None:
    directory, stack = project
    said(started(directory, stack, "preview", "--no-policy"))
    variable = {"PULUMI_CONFIG_PASSPHRASE": "wrong"}
    failed = started(directory, stack, "up", "--no-policy", environment=variable)
    shown = said(failed, 1)
    assert "The passphrase is from the environment variable PULUMI_CONFIG_PASSPHRASE." in shown
    assert "The generated passphrase in .state/passphrase is the right one." in shown
    assert "No resources were changed." in shown.splitlines()[-1]


def test_proxy_is_bypassed(project: tuple[Path, str]) -> None:
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
def test_ctrl_c(project: tuple[Path, str], moment: str) -> None:
    directory, stack = project
    stopped = make_up(directory, stack, start_new_session=True)
    assert stopped.stdout is not None
    for line in stopped.stdout:
        if moment in line:
            break
    os.killpg(stopped.pid, signal.SIGINT)  # like a terminal
    shown = stopped.communicate(timeout=120)[0]
    assert stopped.returncode == 130, shown
    assert "^C received; cancelling" in shown, shown
    assert shown.endswith(
        "x Stopped by Ctrl-C. Nothing is lost: run the same command again to continue.\n"
    ), shown
    assert "failed. Fix the error above" not in shown, "Pulumi's error may be misleading"
    assert "Traceback" not in shown, shown
    again = make_up(directory, stack)
    said(again)


def test_purge_of_used_volume(
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
        shown = refused.communicate()[0]
    finally:
        user.remove(force=True)
    assert refused.returncode == 1
    assert f"The volume {stack}-data is in use by the container {stack}-backup" in shown
    assert "Traceback" not in shown
    assert (container_names(stack), f"{stack}-data" in volume_names(stack)) == (there, True)
    again = started(directory, stack, "down", "--purge", "--yes")
    said(again)
    assert (container_names(stack), volume_names(stack)) == (set(), set())


def test_state_in_unselected_backend(
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
        shown = said(refused, 1)
        assert (
            f"Its state is in .state here, but PULUMI_BACKEND_URL is {elsewhere.as_uri()}. "
            "Move the state (docs/how-to/state-backend.md, Move the state to another backend)"
        ) in shown
        assert "docker rm" not in shown, "its state is not lost"
    assert not list(elsewhere.glob(f".pulumi/stacks/*/{stack}.json*")), (
        "no stack is created in the other backend"
    )
    assert inspect(stack)["Id"] == container
    down = started(directory, stack, "down", "--purge", "--yes")
    said(down)


def test_trial_of_existing_registry(
    project: tuple[Path, str],
) -> None:
    directory, stack = project
    up = make_up(directory, stack)
    said(up)
    there = container_names(stack)
    trial = [sys.executable, "-m", "cli", "try-up", "--stack", stack]
    refused = subprocess.run(trial, cwd=directory, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"x The registry of stack {stack} is already running. `make up STACK={stack}` created it. "
        f"To remove it and keep its packs, run `make down STACK={stack}`. Or try another STACK.\n"
    )
    assert container_names(stack) == there
    down = started(directory, stack, "down")
    said(down)
    over = subprocess.run(trial, cwd=directory, capture_output=True, text=True, check=False)
    assert over.returncode == 1
    assert over.stderr == (
        f"x The volume {stack}-data exists and does not belong to this trial. It holds the packs "
        f"of the stack {stack}. Set another containerName or storage.volume, or remove the volume "
        f"and its data with `docker volume rm {stack}-data`.\n"
    )
    assert (container_names(trial_owner(stack).stack), volume_names(trial_owner(stack).stack)) == (
        set(),
        set(),
    )
    assert volume_names(stack) == {f"{stack}-data"}


def test_pulumi_by_hand_has_no_changes(
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
