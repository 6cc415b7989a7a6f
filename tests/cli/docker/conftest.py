"""A machine with the programs and the Docker that a test describes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from types import SimpleNamespace
from typing import Any

import pytest

from cli.docker import install
from components.docker.engine import DockerEngine


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A machine: its user, its programs and Docker's next errors. It records what is run."""
    made = SimpleNamespace(
        user=0,
        programs={"apt-get", "dockerd"},
        refusals=[],
        ran=[],
        answers={},
        started=[],
        socket_error=FileNotFoundError(),
    )

    def run(
        command: list[str], env: dict[str, str] | None = None, **_: Any
    ) -> subprocess.CompletedProcess[str]:
        made.ran.append(" ".join(command))
        made.environment = env or {}
        code, error = next(
            (answer for part, answer in made.answers.items() if part in command), (0, "")
        )
        return subprocess.CompletedProcess(command, code, "", error)

    def answered(self: DockerEngine) -> Any:
        if made.refusals:
            raise OSError(made.refusals.pop(0))
        return SimpleNamespace(ping=lambda: True)

    monkeypatch.setattr(os, "geteuid", lambda: made.user)
    monkeypatch.setattr(
        shutil, "which", lambda name, **_: f"/usr/bin/{name}" if name in made.programs else None
    )
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: made.started.append(command))
    monkeypatch.setattr(DockerEngine, "client", property(answered))
    monkeypatch.setattr(install, "_socket_error", lambda _: made.socket_error)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return made
