"""Programs of other languages that use the package, as a user has them: nothing of the project."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.paths import ROOT
from cli.pulumi.binary import find_pulumi
from tests.support.docker import DEVELOPMENT_IMAGE, free_port, remove_all_of, unique_name
from tests.support.engine import engine_environment

PACKAGE = ("common", "components", "package", "requirements.txt")
KUBERNETES = "requirements-kubernetes.txt"
EXAMPLES = ROOT / "docs" / "examples"
PASSWORD = "correct-horse-battery-staple-9"
TOOLS = {"yaml": (), "typescript": ("node", "npm"), "go": ("go",), "python": ()}
DOWNLOADS = {
    "typescript": (("npm", "view", "@pulumi/pulumi", "version"),),
    "go": (("go", "list", "-m", "github.com/pulumi/pulumi/sdk/v3@v3.250.0"),),
}
HOSTS = {"typescript": "nodejs"}
"""Names of Pulumi's language hosts that differ from the example's."""


def language_is_missing(language: str) -> str | None:
    """Say why programs of a language can't run; None if they can."""
    programs = (f"pulumi-language-{HOSTS.get(language, language)}", *TOOLS[language])
    path = os.pathsep.join([str(Path(find_pulumi() or "").parent), os.environ["PATH"]])
    missing = [name for name in programs if shutil.which(name, path=path) is None]
    if missing:
        return f"{', '.join(missing)} is not on PATH"
    if not all(_can_download(*command) for command in DOWNLOADS.get(language, ())):
        return f"{TOOLS[language][-1]} can't download the SDK of Pulumi"
    return None


@functools.cache
def _can_download(*command: str) -> bool:
    """Say whether a program that installs packages finds the SDK of Pulumi."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        found = subprocess.run(command, cwd="/", capture_output=True, timeout=60, check=False)
        return found.returncode == 0
    return False


def copy_package(directory: Path) -> Path:
    """Copy the package and what it needs, without a virtual environment. Return its directory."""
    for name in (*PACKAGE, KUBERNETES):
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".venv")
            shutil.copytree(ROOT / name, directory / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, directory)
    return directory / "package"


def link_plugins(home: Path) -> None:
    """Let Pulumi find installed provider plugins under the versions that the package requires.

    Without them, Pulumi downloads the plugins from its servers.
    """
    locked = (ROOT / "requirements.txt").read_text() + (ROOT / KUBERNETES).read_text()
    providers = re.compile(r"^pulumi-(docker|kubernetes|random|tls)==(\S+)", re.MULTILINE)
    for name, version in providers.findall(locked):
        plugin = Path(find_pulumi() or "").parent / f"pulumi-resource-{name}"
        if plugin.exists():
            directory = home / "plugins" / f"resource-{name}-v{version}"
            directory.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                (directory / plugin.name).symlink_to(plugin)


@contextlib.contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Wait for other test processes, whose runs of pip in the directory would collide."""
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Program:
    """A copy of an example in its own directory, with its own stack, port and names."""

    def __init__(self, directory: Path, home: Path, example: str) -> None:
        self.directory = directory / "program"
        shutil.copytree(EXAMPLES / example, self.directory)
        self.home = home
        self.stack = unique_name("test")
        self.port = free_port()
        self.environment = {
            **os.environ,
            **engine_environment(directory),
            "PULUMI_HOME": str(home),
        }
        self.said = ""

    def add(self, source: str, **environment: str) -> None:
        """Run `pulumi package add`."""
        with exclusive(self.home):
            self.environment |= environment
            self.run("package", "add", source)

    def create(self, **settings: Any) -> None:
        """Create the stack and set its config. A password is a secret."""
        self.run("stack", "init", self.stack)
        defaults = {
            "hostname": "localhost",
            "image": DEVELOPMENT_IMAGE,
            "port": self.port,
            "containerName": self.stack,
        }
        self.set(**{**defaults, **settings})
        self.run("config", "set", "--secret", "password", PASSWORD)

    def set(self, **settings: Any) -> None:
        for name, value in settings.items():
            self.run("config", "set", name, str(value))

    def write(self, resources: dict[str, Any], **more: Any) -> None:
        """Replace the resources of a YAML program. Its packages stay."""
        path = self.directory / "Pulumi.yaml"
        written = yaml.safe_load(path.read_text())
        kept = {key: written[key] for key in ("name", "runtime", "packages", "config")}
        path.write_text(yaml.safe_dump({**kept, "resources": resources, **more}))

    def up(self) -> dict[str, Any]:
        """Update the stack and return its outputs."""
        self.run("up", "--yes", "--skip-preview", "--color", "never")
        return dict(json.loads(self.run("stack", "output", "--json", "--show-secrets")))

    def failed_up(self) -> str:
        """Run an update that must fail without a traceback, and return its output.

        Go's SDK adds to every failed registration that the program failed. The one of TypeScript
        adds the stack of the program if it is faster than the end of the engine.
        """
        self.run("up", "--yes", "--skip-preview", "--color", "never", succeeds=False)
        for sign in ("Traceback", 'File "', "goroutine"):
            assert sign not in self.said, self.said
        return self.said

    def down(self) -> None:
        self.run("destroy", "--yes", "--skip-preview")

    def run(self, *command: str, succeeds: bool = True) -> str:
        """Run a command of the Pulumi CLI and return what it prints."""
        done = subprocess.run(
            ["pulumi", *command, "--non-interactive"],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said = done.stdout + done.stderr
        assert (done.returncode == 0) == succeeds, f"{command}: {done.returncode}\n{self.said}"
        return done.stdout

    def remove(self) -> None:
        """Remove all its Docker objects."""
        remove_all_of(self.stack)


@pytest.fixture(scope="session")
def installed_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package that the session's programs share. The first use installs it."""
    shared = tmp_path_factory.getbasetemp().parent / "pack-registry-package"
    shared.mkdir(exist_ok=True)
    with exclusive(shared):
        if not (shared / "project").exists():
            (shared / "copy").mkdir(exist_ok=True)
            copy_package(shared / "copy")
            (shared / "copy").rename(shared / "project")
    return shared / "project" / "package"


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PULUMI_HOME that the session's programs share."""
    home = tmp_path_factory.getbasetemp().parent / "pack-registry-pulumi-home"
    home.mkdir(exist_ok=True)
    link_plugins(home)
    return home
