"""Stacks to measure: the program and an empty one, each with a state of its own, run by the Pulumi CLI as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from cli.paths import ROOT
from cli.pulumi.binary import find_pulumi
from tests.support.docker import DEVELOPMENT_IMAGE, free_port, remove_all_of, unique_name
from tests.support.engine import engine_environment

USERS_ENVIRONMENT = ROOT / "bench" / ".venv"
"""The packages of requirements.txt alone, as `make up` installs them; what tests and measurements need would slow Pulumi down."""


UP = ("up", "--yes", "--skip-preview")


@dataclass
class Workspace:
    """One stack of one program."""

    directory: Path
    stack: str
    port: int
    environment: dict[str, str]

    def configure(self, **settings: Any) -> None:
        """Write the stack's config."""
        path = self.directory / f"Pulumi.{self.stack}.yaml"
        written = yaml.safe_load(path.read_text()) if path.exists() else {}
        written["config"] = {f"pack-registry:{key}": value for key, value in settings.items()}
        path.write_text(yaml.safe_dump(written))

    def pulumi(self, *arguments: str) -> float:
        """Run a command of the CLI; its seconds."""
        began = time.monotonic()
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", self.stack],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - began
        if done.returncode:
            raise RuntimeError(f"pulumi {' '.join(arguments)} failed: {done.stdout}{done.stderr}")
        return seconds

    def make(self, *arguments: str) -> float:
        """Run a command of the CLI as `make` does, with the program served by the process that calls it; its seconds."""
        command = [
            str(USERS_ENVIRONMENT / "bin" / "python"),
            "-m",
            "bench.engine_part",
            str(self.directory),
            *arguments,
            "--stack",
            self.stack,
        ]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"pulumi {' '.join(arguments)} failed: {done.stdout}{done.stderr}")
        return float(done.stdout)

    def up(self) -> float:
        """Update with no preview before it; its seconds."""
        return self.pulumi(*UP)

    def output(self, name: str) -> str:
        """One output's value."""
        return subprocess.run(
            ["pulumi", "stack", "output", name, "--show-secrets", "--stack", self.stack],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.rstrip("\n")


def _workspace(directory: Path) -> Workspace:
    if find_pulumi() is None:
        raise RuntimeError(
            "the Pulumi CLI is neither on PATH nor in ~/.pulumi/bin; install it as https://www.pulumi.com/docs/install/ says"
        )
    # Where it is switched off, Python's bytecode is kept as it is for users: the program is compiled once, not at every command.
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    return Workspace(
        directory,
        unique_name("bench"),
        free_port(),
        {**environment, **engine_environment(directory)},
    )


@contextmanager
def registry(**settings: Any) -> Iterator[Workspace]:
    """The program with the development image, before its first update; all that it made is removed at the end."""
    with TemporaryDirectory() as name:
        space = _workspace(Path(name))
        for part in (
            "Pulumi.yaml",
            "__main__.py",
            "common",
            "cli",
            "components",
            "policy",
        ):
            (space.directory / part).symlink_to(ROOT / part)
        (space.directory / ".venv").symlink_to(USERS_ENVIRONMENT)
        space.configure(**registry_settings(space), **settings)
        space.pulumi("stack", "init")
        try:
            yield space
        finally:
            remove_all_of(space.stack)


def registry_settings(space: Workspace) -> dict[str, Any]:
    """What every measured registry has in common."""
    return {
        "hostname": "localhost",
        "containerName": space.stack,
        "port": space.port,
        "bindAddress": "127.0.0.1",
        "image": DEVELOPMENT_IMAGE,
    }


@contextmanager
def empty_program(*, own_environment: bool) -> Iterator[Workspace]:
    """A program that declares nothing, updated once.

    :param own_environment: whether it has an environment of its own as `python3 -m venv` makes it, with the SDK alone, or the project's.
    """
    with TemporaryDirectory() as name:
        space = _workspace(Path(name))
        for part in ("Pulumi.yaml", "__main__.py"):
            shutil.copy(ROOT / "bench" / "empty" / part, space.directory)
        if own_environment:
            sdk = next(
                line
                for line in (ROOT / "requirements.txt").read_text().splitlines()
                if line.startswith("pulumi==")
            )
            base = Path(sys.base_prefix) / "bin" / "python3"
            subprocess.run([str(base), "-m", "venv", space.directory / ".venv"], check=True)
            subprocess.run(
                [space.directory / ".venv" / "bin" / "pip", "install", "--quiet", sdk],
                check=True,
                capture_output=True,
            )
        else:
            (space.directory / ".venv").symlink_to(USERS_ENVIRONMENT)
        space.pulumi("stack", "init")
        space.up()
        yield space
