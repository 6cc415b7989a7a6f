"""Docker hosts over ssh: aliases, and the user's own ssh."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
    monkeypatch.setattr(ssh, "SSH_SECONDS", 0.1)
    install_ssh(tmp_path, script, monkeypatch)
    assert DockerEngine("ssh://edge").address == "edge"


def test_missing_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert DockerEngine("ssh://edge").address == "edge"
