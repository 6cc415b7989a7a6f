"""Stacks to measure: the program and an empty program, each with its own state."""

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
"""Only the packages of requirements.txt, as for users. Further packages would slow Pulumi down."""

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
        written = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        written["config"] = {f"pack-registry:{key}": value for key, value in settings.items()}
        path.write_text(yaml.safe_dump(written), encoding="utf-8")

    def pulumi(self, *arguments: str) -> float:
        """Run a command of the Pulumi CLI and return its seconds."""
        began = time.monotonic()
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", self.stack],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        seconds = time.monotonic() - began
        if done.returncode:
            raise RuntimeError(f"pulumi {' '.join(arguments)} failed: {done.stdout}{done.stderr}")
        return seconds

    def make(self, *arguments: str) -> float:
        """Run a command of the Pulumi CLI as `make` does, and return its seconds."""
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
            command,
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"pulumi {' '.join(arguments)} failed: {done.stdout}{done.stderr}")
        return float(done.stdout)

    def up(self) -> float:
        """Update without a preview, and return the seconds."""
        return self.pulumi(*UP)

    def output(self, name: str) -> str:
        """Return the value of an output."""
        return subprocess.run(
            ["pulumi", "stack", "output", name, "--show-secrets", "--stack", self.stack],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout.rstrip("\n")


def _workspace(directory: Path) -> Workspace:
    if find_pulumi() is None:
        raise RuntimeError(
            "the Pulumi CLI is neither on PATH nor in ~/.pulumi/bin; "
            "see https://www.pulumi.com/docs/install/"
        )
    # Compile the program once, as users do, not for every command.
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
    """Yield a stack of the program before its first update, and remove its Docker objects."""
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
        space.configure(**{**registry_settings(space), **settings})
        space.pulumi("stack", "init")
        try:
            yield space
        finally:
            remove_all_of(space.stack)


def registry_settings(space: Workspace) -> dict[str, Any]:
    """Return the settings of every measured registry."""
    return {
        "hostname": "localhost",
        "containerName": space.stack,
        "port": space.port,
        "bindAddress": "127.0.0.1",
        "image": DEVELOPMENT_IMAGE,
    }


@contextmanager
def empty_program(*, own_environment: bool) -> Iterator[Workspace]:
    """Yield a stack of an empty program after its first update.

    :param own_environment: whether to create a virtual environment with only the SDK, or to use the
        project's.
    """
    with TemporaryDirectory() as name:
        space = _workspace(Path(name))
        for part in ("Pulumi.yaml", "__main__.py"):
            shutil.copy(ROOT / "bench" / "empty" / part, space.directory)
        if own_environment:
            sdk = next(
                line.split()[0]
                for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
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


@contextmanager
def plain_program() -> Iterator[Workspace]:
    """Yield a stack of a program that declares a registry's resources and does nothing else.

    It has not been updated yet.
    """
    with TemporaryDirectory() as name:
        space = _workspace(Path(name))
        for part in ("Pulumi.yaml", "__main__.py"):
            shutil.copy(ROOT / "bench" / "plain" / part, space.directory)
        (space.directory / ".venv").symlink_to(USERS_ENVIRONMENT)
        space.pulumi("stack", "init")
        space.pulumi("config", "set", "image", DEVELOPMENT_IMAGE)
        try:
            yield space
        finally:
            space.pulumi("destroy", "--yes", "--skip-preview")
