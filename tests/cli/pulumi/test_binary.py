"""The Pulumi CLI: found, and called."""

from __future__ import annotations

import importlib.metadata
import json
import os
import signal
from pathlib import Path

import pytest

from cli.console import CommandError, InterruptedCommandError
from cli.paths import PALETTE, REGISTRY
from cli.pulumi.binary import Pulumi, find_pulumi, require_pulumi
from tests.support.programs import error_of, write_program


def test_path_comes_first(tmp_path: Path) -> None:
    assert find_pulumi() is None
    own = write_program(tmp_path / "home" / "bin")
    assert find_pulumi() == own
    first = write_program(tmp_path / "path")
    assert find_pulumi() == first


def test_environment(tmp_path: Path) -> None:
    own = write_program(tmp_path / "home" / "bin")
    found = require_pulumi()
    assert found.command == own
    assert found.environment["PATH"].split(os.pathsep)[0] == str(tmp_path / "home" / "bin")
    assert found.environment["PULUMI_SKIP_UPDATE_CHECK"] == "true"
    assert found.environment["no_grpc_proxy"] == "127.0.0.1,localhost"


def old_cli(directory: Path, version: str) -> Pulumi:
    """A CLI whose commands fail, except `version`."""
    script = f'[ "$1" = version ] && echo v{version} && exit\nexit 255\n'
    return Pulumi(write_program(directory, script), {})


def test_outdated_cli(tmp_path: Path, messages: list[str]) -> None:
    assert old_cli(tmp_path / "path", "3.9.1").run("up", "--some-new-option") == 255
    wanted = importlib.metadata.version("pulumi")
    (message,) = messages
    assert message == (
        f"The Pulumi CLI at {tmp_path / 'path' / 'pulumi'} has version 3.9.1. "
        f"This project requires {wanted} or newer. "
        "Update it with `curl -fsSL https://get.pulumi.com | sh`."
    )


@pytest.mark.parametrize(
    "version", [importlib.metadata.version("pulumi"), "99.0.0", "no version at all"]
)
def test_failure_of_current_cli(tmp_path: Path, messages: list[str], version: str) -> None:
    assert old_cli(tmp_path / "path", version).run("up") == 255
    assert messages == []


def test_version_is_not_checked_on_success(tmp_path: Path, messages: list[str]) -> None:
    pulumi = old_cli(tmp_path / "path", "3.9.1")
    Path(pulumi.command).write_text(f"#!/bin/sh\necho $1 >> {tmp_path / 'calls'}\n")
    assert pulumi.run("up") == 0
    assert (tmp_path / "calls").read_text() == "up\n"


def interrupted_cli(directory: Path, code: int) -> Pulumi:
    """A CLI that sends SIGINT to its parent, as a terminal does on Ctrl-C."""
    return Pulumi(write_program(directory, f"kill -INT $PPID\nexit {code}\n"), {})


def test_ctrl_c(tmp_path: Path, messages: list[str]) -> None:
    with pytest.raises(InterruptedCommandError) as raised:
        interrupted_cli(tmp_path / "path", 255).run("up")
    assert raised.value.exit_code == 130
    assert raised.value.message == (
        "Stopped by Ctrl-C. Nothing is lost: run the same command again to continue."
    )
    assert messages == [], "the CLI's version is not the reason"


def test_late_ctrl_c(tmp_path: Path) -> None:
    assert interrupted_cli(tmp_path / "path", 0).run("up") == 0


def test_handler_is_restored(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(CommandError):
        interrupted_cli(tmp_path / "path", 255).run("up")
    assert signal.getsignal(signal.SIGINT) is before


def test_run_captured(project: Path, tmp_path: Path) -> None:
    script = 'echo "$PWD $GIVEN $*"\necho "on error" >&2\nexit 3\n'
    environment = {"GIVEN": "value", "PATH": "/usr/bin:/bin"}
    done = Pulumi(write_program(tmp_path / "path", script), environment).run_captured("stack", "ls")
    assert (done.returncode, done.stdout.strip(), done.stderr.strip()) == (
        3,
        f"{project} value stack ls",
        "on error",
    )


def test_run_json(tmp_path: Path) -> None:
    path = write_program(tmp_path / "path", "echo 'error: no such stack' >&2\nexit 255\n")
    pulumi = Pulumi(path, {})
    assert error_of(pulumi.run_json, "stack", "output") == "error: no such stack"
    write_program(tmp_path / "path", f"echo '{json.dumps({'a': 1})}'\n")
    assert pulumi.run_json("stack", "output") == {"a": 1}


def test_directory_of_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    monkeypatch.setattr("subprocess.run", lambda *_, cwd, **__: seen.append(cwd))
    cli = Pulumi("pulumi", {"PULUMI_BACKEND_URL": "file:///x"})
    cli.run_captured("version")
    cli.of(PALETTE).run_captured("version")
    assert seen == [project, project / "palette"]
    assert cli.of(PALETTE).environment is cli.environment
    assert (REGISTRY.option, PALETTE.option) == ("", " --cwd palette")


def plugins(home: Path, *names: str) -> None:
    for name in names:
        version = importlib.metadata.version(f"pulumi-{name}")
        (home / "plugins" / f"resource-{name}-v{version}").mkdir(parents=True)


def test_plugins_on_path_are_ignored(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "path")
    plugins(home, "docker", "random")
    variable = "PULUMI_IGNORE_AMBIENT_PLUGINS"
    assert variable not in require_pulumi().environment, "tls is missing"
    plugins(home, "tls")
    assert require_pulumi().environment[variable] == "true"
    monkeypatch.setenv(variable, "false")
    assert require_pulumi().environment[variable] == "false", "the user's choice"
