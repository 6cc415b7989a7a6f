"""Docker's client connects with the user's own ssh."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.paths import ROOT


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
