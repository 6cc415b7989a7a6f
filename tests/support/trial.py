"""Registries that are tried without the Pulumi engine, each from a copy of the project, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.docker.inventory import trial_owner
from tests.support.live import Registry, expect_no_traceback
from tests.support.processes import heeding
from tests.support.project import copy_project


class TrialRegistry(Registry):
    """One stack of the program, brought up by `make try`."""

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
        """Run a command of the trial with no terminal; never a traceback."""
        return self._ran(self.command(name, *arguments))

    def ops(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command that is made for Pulumi, with no terminal; never a traceback."""
        return self._ran([sys.executable, "-m", "cli", *arguments, "--stack", self.stack_name])

    @contextlib.contextmanager
    def on_a_terminal(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Start bringing it up with a terminal as standard input."""
        ours, theirs = os.openpty()
        try:
            with subprocess.Popen(
                heeding(*self.command("up", *arguments)),
                cwd=self.directory,
                env=self.environment,
                stdin=theirs,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as started:
                try:
                    yield started
                finally:
                    started.kill()
        finally:
            os.close(ours)
            os.close(theirs)

    def make(self, target: str, *variables: str) -> subprocess.CompletedProcess[str]:
        """Run a target of the Makefile with no terminal; never a traceback."""
        return self._ran(
            [
                "make",
                "--no-print-directory",
                "--old-file=.venv/.installed",
                target,
                f"STACK={self.stack_name}",
                *variables,
            ]
        )

    def _ran(self, command: list[str]) -> subprocess.CompletedProcess[str]:
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
        """There is no preview without the engine."""
