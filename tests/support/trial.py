"""Registries that run as a trial, each from a copy of the project in its own process."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.owners import trial_owner
from tests.support.live import Registry, expect_no_traceback
from tests.support.processes import with_default_signals
from tests.support.project import copy_project


class TrialRegistry(Registry):
    """One stack of the program that `make try` starts."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        copy_project(directory)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")
        }
        super().__init__(directory, **settings)

    @property
    def label(self) -> str:
        return trial_owner(self.stack_name).stack

    def command(self, name: str, *arguments: str) -> list[str]:
        """Return the command `try-NAME` for this stack."""
        return [sys.executable, "-m", "cli", f"try-{name}", *arguments, "--stack", self.stack_name]

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the trial without a terminal. It must not show a traceback."""
        return self._run(self.command(name, *arguments))

    def run_cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ``cli`` without a terminal. It must not show a traceback."""
        return self._run([sys.executable, "-m", "cli", *arguments, "--stack", self.stack_name])

    @contextlib.contextmanager
    def on_a_terminal(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Start a trial with a terminal as standard input."""
        controller, terminal = os.openpty()
        try:
            with subprocess.Popen(
                with_default_signals(*self.command("up", *arguments)),
                cwd=self.directory,
                env=self.environment,
                stdin=terminal,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as process:
                try:
                    yield process
                finally:
                    process.kill()
        finally:
            os.close(controller)
            os.close(terminal)

    def make(self, target: str, *variables: str) -> subprocess.CompletedProcess[str]:
        """Run a make target without a terminal. It must not show a traceback."""
        return self._run(
            [
                "make",
                "--no-print-directory",
                "--old-file=.venv/.installed",
                target,
                f"STACK={self.stack_name}",
                *variables,
            ]
        )

    def run_shell(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a message shows it, such as `make --silent try-ca > ca.crt`."""
        self.environment["MAKEFLAGS"] = "--old-file=.venv/.installed"
        return self._run(["sh", "-c", command])

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stderr
        expect_no_traceback(done.stderr)
        return done

    def up(self) -> dict[str, Any]:
        done = self.run("up", "--only", "json", "--secrets")
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def failed_up(self) -> str:
        done = self.run("up")
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        return done.stderr

    def down(self) -> None:
        done = self.run("down")
        assert done.returncode == 0, done.stderr

    def expect_settled(self) -> None:
        """Do nothing: without the engine there is no preview."""
