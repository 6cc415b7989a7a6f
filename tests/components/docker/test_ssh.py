"""Docker hosts over ssh: aliases, and the user's own ssh."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.paths import ROOT
from components.docker import ssh
from components.docker.engine import DockerEngine


def install_ssh(directory: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put an ssh on PATH that answers `ssh -G -- edge`."""
    program = directory / "ssh"
    program.write_text(f'#!/bin/sh\n[ "$1" = -G ] && [ "$3" = edge ] && {script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.environ['PATH']}")


def test_alias(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_ssh(tmp_path, 'printf "user ops\\nhostname 203.0.113.9\\nport 22\\n"', monkeypatch)
    assert DockerEngine("ssh://ops@edge:2222").address == "203.0.113.9", "DNS has no such name"
    assert DockerEngine("tcp://edge:2376").address == "edge", "tcp:// does not use ssh"


@pytest.mark.parametrize("script", ["exit 255", "echo something else", "exec sleep 9"])
def test_ssh_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(ssh, "SSH_SECONDS", 0.3)
    install_ssh(tmp_path, script, monkeypatch)
    assert DockerEngine("ssh://edge").address == "edge"


def test_missing_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert DockerEngine("ssh://edge").address == "edge"


@pytest.mark.parametrize(
    ("url", "arguments"),
    [
        ("ssh://ops@127.0.0.1:2222", ["-l", "ops", "-p", "2222", "--", "127.0.0.1"]),
        ("ssh://edge", ["--", "edge"]),  # its port may be in ssh's configuration
    ],
)
def test_connection_uses_own_ssh(tmp_path: Path, url: str, arguments: list[str]) -> None:
    calls = tmp_path / "calls"
    (tmp_path / "ssh").write_text(f'#!/bin/sh\necho "$@" >>{calls}\nexit 255\n')
    (tmp_path / "ssh").chmod(0o755)
    code = f"from components.docker.engine import DockerEngine; DockerEngine('{url}').info()"
    # A separate process, because other tests already loaded Docker's client here.
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "paramiko" not in ended.stderr, "docker-py requires it, but it is not used"
    assert calls.read_text().split()[: len(arguments)] == arguments
