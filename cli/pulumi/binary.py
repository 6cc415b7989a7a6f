"""The Pulumi CLI: found or installed, and called."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cli.console import CommandError, InterruptedCommandError, info
from cli.options import API_KEY
from cli.paths import PULUMI_HOME, REGISTRY, ROOT, Project
from cli.pulumi.backend import backend_variables, selected_backend
from cli.pulumi.install import COMMAND, PulumiNotInstalledError, install_pulumi
from cli.pulumi.passphrase import wrong_passphrase_hint

BYPASS_PROXY = {"no_grpc_proxy": "127.0.0.1,localhost"}
"""For gRPC in Python, which would use https_proxy or http_proxy to reach the local engine."""

PROVIDERS = ("docker", "random", "tls")
"""Pulumi providers of the registry's project."""


@dataclass(frozen=True)
class Pulumi:
    """The CLI, with the environment and the project of its calls."""

    command: str
    environment: dict[str, str]
    project: Project = REGISTRY

    def of(self, project: Project) -> Pulumi:
        """Return the CLI for another project, with the same backend and passphrase."""
        return replace(self, project=project)

    @property
    def backend(self) -> str:
        """URL of the backend; empty if none is selected."""
        return self.environment.get("PULUMI_BACKEND_URL") or selected_backend()

    @property
    def state_directory(self) -> Path | None:
        """Directory `.pulumi` of a backend in files of this machine; none of another backend."""
        scheme, _, path = self.backend.partition("://")
        if scheme != "file":
            return None
        return ROOT / self.project.folder / Path(unquote(path)).expanduser() / ".pulumi"

    def run(self, *arguments: str) -> int:
        """Run a command on the terminal. The CLI handles Ctrl-C: it lets running operations finish.

        :returns: its exit code.
        :raises InterruptedCommandError: if Ctrl-C ended it. The CLI's own message varies: it may
            report a plugin that it stopped as broken.
        """
        interrupts = []
        before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
        try:
            code = subprocess.run(
                [self.command, *arguments],
                cwd=ROOT / self.project.folder,
                env=self.environment,
                check=False,
            ).returncode
        finally:
            signal.signal(signal.SIGINT, before)
        if code and interrupts:
            raise InterruptedCommandError
        if code:
            self._warn_outdated_cli()
            self._warn_wrong_passphrase(arguments)
        return code

    def run_captured(
        self, *arguments: str, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command and capture its output.

        :param stdin: standard input, for values that must not appear in the process list.
        """
        return subprocess.run(
            [self.command, *arguments],
            cwd=ROOT / self.project.folder,
            env=self.environment,
            check=False,
            capture_output=True,
            encoding="utf-8",
            input=stdin,
        )

    def run_json(self, *arguments: str) -> Any:
        """Run a command that prints JSON.

        :raises CommandError: with the CLI's message, if the command fails.
        """
        done = self.run_captured(*arguments)
        if done.returncode:
            raise CommandError(done.stderr.strip() or done.stdout.strip())
        return json.loads(done.stdout)

    def _warn_outdated_cli(self) -> None:
        """Warn if the CLI is older than the SDK: it may not know the SDK's options and plugins."""
        found = _version(self.run_captured("version").stdout)
        required = _version(importlib.metadata.version("pulumi"))
        if found and found < required:
            names = [".".join(map(str, version)) for version in (found, required)]
            info(
                f"The Pulumi CLI at {self.command} has version {names[0]}. "
                f"This project requires {names[1]} or newer. Update it with `{COMMAND}`."
            )

    def _warn_wrong_passphrase(self, arguments: tuple[str, ...]) -> None:
        """Say where a wrong passphrase is from. The CLI only says that it is incorrect."""
        if "--stack" not in arguments:
            return
        stack = arguments[arguments.index("--stack") + 1]
        file = ROOT / self.project.folder / f"Pulumi.{stack}.yaml"
        if hint := wrong_passphrase_hint(file, self.environment):
            info(hint)


def find_pulumi() -> str | None:
    """Find the CLI: the first on PATH, otherwise the one in Pulumi's directory."""
    return shutil.which("pulumi") or shutil.which("pulumi", path=str(PULUMI_HOME / "bin"))


def require_pulumi() -> Pulumi:
    """Find the CLI, or install it.

    :raises PulumiNotInstalledError: if it is missing and can't be installed.
    """
    command = find_pulumi() or install_pulumi()
    # The CLI looks for the language host on PATH.
    path = os.pathsep.join([str(Path(command).parent), os.environ.get("PATH", os.defpath)])
    environment = {
        **_plugin_variables(),
        **{name: value for name, value in os.environ.items() if name != API_KEY},
        "PATH": path,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **BYPASS_PROXY,
        **backend_variables(),
    }
    return Pulumi(command, environment)


def find_or_install_pulumi() -> Pulumi | None:
    """Find the CLI, or install it; none, with a message, if it can't be installed."""
    try:
        return require_pulumi()
    except PulumiNotInstalledError as error:
        info(f"{error.problem} {error.advice}".rstrip())
        return None


def _plugin_variables() -> dict[str, str]:
    """Ignore provider plugins on PATH if Pulumi's directory has the required versions.

    Otherwise the CLI uses those on PATH, and warns about each of them several times in an update.
    """
    plugins = PULUMI_HOME / "plugins"
    installed = all(
        (plugins / f"resource-{name}-v{importlib.metadata.version(f'pulumi-{name}')}").is_dir()
        for name in PROVIDERS
    )
    return {"PULUMI_IGNORE_AMBIENT_PLUGINS": "true"} if installed else {}


def _version(text: str) -> tuple[int, ...]:
    """Parse the three numbers of a version such as `v3.259.0`; empty if there are none."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(number) for number in found.groups()) if found else ()
