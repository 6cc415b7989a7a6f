"""Keys that Pulumi can't parse are reported before it runs, with the CLI and without it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.live import expect_no_traceback
from tests.support.project import copy_project

COMMANDS = ("up", "preview", "outputs", "down", "packs", "try-up", "try-ca", "try-down")
PORT = "pack-registry:port"
DOUBLED = "pack-registry:pack-registry:port"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, next to a Pulumi CLI that records its calls."""
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\nexit 255\n')
    program.chmod(0o755)
    directory = tmp_path / "project"
    directory.mkdir()
    copy_project(directory)
    return directory


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "config:\n  pack-registry:hostname: localhost\n  pack-registry:pack-registry:port: 1\n",
            f'invalid key "{DOUBLED}" under config. Write it as {PORT}.',
        ),
        (
            "config:\n  pack-registry:hostname: localhost\npack-registry:port: 1\n",
            f'unknown key "{PORT}" outside config. Move it under config as {PORT}.',
        ),
    ],
    ids=["doubled prefix", "outside config"],
)
def test_key_is_reported_before_pulumi(
    project: Path, command: str, text: str, message: str
) -> None:
    (project / "Pulumi.edge.yaml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "cli", command, "--stack", "edge"],
        cwd=project,
        env={
            **os.environ,
            "PATH": f"{project.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(project.parent / "home"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    expect_no_traceback(done.stderr)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == f"x Pulumi.edge.yaml: {message}"
    assert not (project.parent / "calls").exists()
