"""Values of make variables reach the commands as they are. Nothing in them is run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.paths import ROOT
from tests.support.hostile_text import HOSTILE

TEXTS = [
    ("up", "STACK"),
    ("preview", "STACK"),
    ("up", "JOBS"),
    ("outputs", "STACK"),
    ("outputs", "OUTPUT"),
    ("status", "STACK"),
    ("status", "OUTPUT"),
    ("status", "JOBS"),
    ("monitoring", "STACK"),
    ("monitoring", "FILE"),
    ("bundle", "STACK"),
    ("bundle", "FILE"),
    ("bundle", "PACK"),
    ("bundle", "PART_SIZE"),
    ("renewal", "STACK"),
    ("renewal", "OUTPUT"),
    ("packs", "STACK"),
    ("packs", "OUTPUT"),
    ("pull", "STACK"),
    ("pull", "PACK"),
    ("pull", "FILE"),
    ("pack-delete", "STACK"),
    ("pack-delete", "PACK"),
    ("push", "PACK"),
    ("push", "STACK"),
    ("copy-packs", "FROM"),
    ("copy-packs", "STACK"),
    ("backup", "STACK"),
    ("backup", "FILE"),
    ("backup", "RECIPIENTS"),
    ("restore", "STACK"),
    ("restore", "FILE"),
    ("restore", "FROM"),
    ("restore", "BACKUP"),
    ("restore", "IDENTITY"),
    ("drill", "STACK"),
    ("drill", "FILE"),
    ("drill", "BACKUP"),
    ("drill", "IDENTITY"),
    ("pack-check", "PACK"),
    ("pack-check", "OUTPUT"),
    ("down", "STACK"),
    ("register-key", "STACK"),
    ("register-preview", "STACK"),
    ("register", "STACK"),
    ("unregister", "STACK"),
    ("gc", "STACK"),
    ("unlock", "STACK"),
    ("registration", "STACK"),
    ("registration", "FILE"),
    ("try", "STACK"),
    ("try", "OUTPUT"),
    ("try-ca", "STACK"),
    ("try-down", "STACK"),
    ("matrix", "CELLS"),
    ("bench", "MEASURE"),
]
SWITCHES = [
    ("up", "POLICY"),
    ("down", "PURGE"),
    ("down", "YES"),
    ("gc", "APPLY"),
    ("pack-delete", "YES"),
    ("outputs", "SECRETS"),
    ("push", "FORCE"),
    ("push", "DRY_RUN"),
    ("push", "SYNC"),
    ("try", "DETACH"),
    ("registration", "CLI_TRUST"),
]
RECORDER = """#!/bin/sh
printf '%s\\0' "$@" >arguments
env -0 >environment
"""


@dataclass(frozen=True)
class Record:
    """What a command got."""

    arguments: list[str]
    environment: dict[str, str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Makefile whose commands record their arguments and environment."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.txt", "requirements-dev.txt", "tools/venv.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "tools" / "venv.sh").write_text(RECORDER)
    for name in ("bench/.bin/pebble", "bench/.bin/vegeta", "dev_image/build.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("#!/bin/sh\n")
    for directory in (".venv", "bench/.venv"):
        python = tmp_path / directory / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(RECORDER)
        for marker in (".installed", ".installed-dev"):
            (tmp_path / directory / marker).touch()
    for program in tmp_path.rglob("*"):
        if program.is_file():
            program.chmod(0o755)
    return tmp_path


def make(
    project: Path, target: str, variable: str, value: str, *, in_environment: bool
) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    arguments = [] if in_environment else [f"{variable}={value}"]
    return subprocess.run(
        ["make", "--no-print-directory", *arguments, target],
        cwd=project,
        env={**environment, variable: value} if in_environment else environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def take_record(project: Path) -> Record:
    """Return what the last command got, and forget it."""
    arguments, environment = project / "arguments", project / "environment"
    record = Record(
        arguments.read_text(encoding="utf-8").split("\0")[:-1],
        dict(
            line.split("=", 1) for line in environment.read_text(encoding="utf-8").split("\0")[:-1]
        ),
    )
    arguments.unlink()
    environment.unlink()
    return record


@pytest.mark.parametrize(("target", "variable"), TEXTS)
def test_hostile_text(project: Path, target: str, variable: str) -> None:
    everything = target in ("outputs", "registration", "matrix", "bench")
    for value in HOSTILE if everything else ["'; touch x; '", "$(shell touch x)"]:
        for in_environment in (True, False):
            done = make(project, target, variable, value, in_environment=in_environment)
            assert done.returncode == 0, (value, done.stderr)
            record = take_record(project)
            assert record.environment[variable] == value
            assert not any(value and value in argument for argument in record.arguments)
    assert list(project.rglob("x")) == []


def in_makeflags(variable: str, value: str) -> str:
    """A variable as a calling make writes it into MAKEFLAGS."""
    escaped = re.sub(r"([\\\s])", r"\\\1", value.replace("$", "$$"))
    return f" -- {variable}={escaped}"


@pytest.mark.parametrize("name", ["MAKEFLAGS", "GNUMAKEFLAGS"])
@pytest.mark.parametrize(("target", "variable"), [*TEXTS, *SWITCHES])
def test_hostile_flags(project: Path, target: str, variable: str, name: str) -> None:
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    for value in ["'; touch x; '", "$(shell touch x)", "`touch x`", '"|touch x', "&touch x"]:
        flags = {name: in_makeflags(variable, value)}
        done = subprocess.run(
            ["make", "--no-print-directory", target],
            cwd=project,
            env={**environment, **flags},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if (target, variable) in SWITCHES:
            assert done.returncode != 0
            assert not (project / "environment").exists()
            continue
        assert done.returncode == 0, (value, done.stderr)
        assert take_record(project).environment[variable] == value
    assert list(project.rglob("x")) == []


@pytest.mark.parametrize("flag", ["-e", "-k", "-i", "-n", "-s", "-j4", "-w"])
def test_hostile_text_with_flags(project: Path, flag: str) -> None:
    for value in HOSTILE:
        environment = {**os.environ, "STACK": value, "FILE": value, "OUTPUT": value}
        command = ["make", flag, "registration"]
        subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False)
    assert list(project.rglob("x")) == []


@pytest.mark.parametrize(("target", "variable"), SWITCHES)
def test_hostile_switch(project: Path, target: str, variable: str) -> None:
    for value in HOSTILE:
        if not value:
            continue  # the default
        for in_environment in (True, False):
            done = make(project, target, variable, value, in_environment=in_environment)
            assert done.returncode != 0
            assert f'{variable}: invalid value "' in done.stderr
            assert not (project / "environment").exists()
    assert list(project.rglob("x")) == []


def test_hostile_python(project: Path) -> None:
    for value in HOSTILE:
        for in_environment in (True, False):
            (project / ".venv" / ".installed").unlink()
            done = make(project, "up", "PYTHON", value, in_environment=in_environment)
            assert done.returncode == 0, (value, done.stderr)
            assert take_record(project).environment["PYTHON"] == value
    assert list(project.rglob("x")) == []


@pytest.mark.parametrize("command", ["outputs", "register", "try-down"])
def test_commands_reject_hostile_stack(command: str) -> None:
    """``tests/cli/commands/test_stack_option.py`` tries every value, without processes."""
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / "python", "-m", "cli", command],
        cwd=ROOT,
        env={**os.environ, "STACK": "'; touch x; '"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "STACK: invalid stack name. Must consist of letters, digits" in done.stderr


def test_unknown_names(project: Path) -> None:
    """The command gets the names of unknown variables, and not their values."""
    done = make(project, "packs", "PAKC", "$(shell touch hacked)", in_environment=False)
    assert done.returncode == 0, done.stderr
    found = take_record(project).environment
    assert found["MAKE_UNKNOWN"] == "PAKC"
    assert {"PACK", "STACK", "DRY_RUN"} <= set(found["MAKE_KNOWN"].split())
    assert make(project, "packs", "PACK", "x", in_environment=False).returncode == 0
    assert take_record(project).environment["MAKE_UNKNOWN"] == ""
    assert make(project, "packs", "PAKC", "x", in_environment=True).returncode == 0
    assert take_record(project).environment["MAKE_UNKNOWN"] == ""


def test_several_words(project: Path) -> None:
    """A shell makes several words of a path with spaces."""
    done = subprocess.run(
        ["make", "push", "PACK=a", "../packs/b", "c"],
        cwd=project,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert 'PACK: "../packs/b" is not part of it. Set PACK to one directory' in done.stderr
    assert not (project / "arguments").exists()
