"""The Pulumi CLI, found or installed, and how it is called: which backend, which passphrase, which plugins."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cli.console import CommandError, say, step
from cli.paths import PASSPHRASE, REGISTRY, ROOT, STATE, Project

PULUMI_HOME = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
INSTALLER = [sys.executable, "-m", "cli.install_pulumi"]
INSTALL = "curl -fsSL https://get.pulumi.com | sh"
"""Pulumi's own command, which brings an old CLI up to date, too."""
PAST_PROXIES = {"no_grpc_proxy": "127.0.0.1,localhost"}
"""For gRPC in Python, by which a program talks to the engine on this machine: it would ask the proxy of https_proxy or http_proxy for that."""
INSTALL_SECONDS = float(os.environ.get("PULUMI_INSTALL_SECONDS") or 120)


class PulumiNotInstalledError(CommandError):
    """The Pulumi CLI is missing and can't be fetched."""

    def __init__(self, reason: str) -> None:
        """Say why, and how to get it."""
        self.what = f"The Pulumi CLI is not installed and could not be fetched ({reason})"
        super().__init__(
            f"{self.what}; install it with `{INSTALL}` (https://www.pulumi.com/docs/install/), then run this again."
        )


@dataclass(frozen=True)
class Pulumi:
    """The CLI with everything that a call of it needs."""

    command: str
    environment: dict[str, str]
    project: Project = REGISTRY

    def of(self, project: Project) -> Pulumi:
        """The same CLI for another project, with the same backend and passphrase."""
        return replace(self, project=project)

    @property
    def backend(self) -> str:
        """URL of where state is kept; empty where that is nowhere yet."""
        return self.environment.get("PULUMI_BACKEND_URL") or _logged_in_to()

    def run(self, *arguments: str) -> int:
        """Run a command before the user's eyes; its exit code. Ctrl-C is the CLI's to handle, which lets resources under way finish.

        :raises CommandError: where Ctrl-C ended it. What the CLI says then depends on the moment: it calls a plugin broken that it stopped itself.
        """
        interrupts = []
        handled = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
        try:
            code = subprocess.run(
                [self.command, *arguments],
                cwd=ROOT / self.project.folder,
                env=self.environment,
                check=False,
            ).returncode
        finally:
            signal.signal(signal.SIGINT, handled)
        if code and interrupts:
            raise CommandError(
                "Stopped by Ctrl-C; nothing is lost, and the same command goes on from here."
            )
        if code:
            self._tell_age()
        return code

    def _tell_age(self) -> None:
        """After a failure: say that the CLI is older than the SDK, whose options and plugins it may not know."""
        found, wanted = (
            _version(self.ask("version").stdout),
            _version(importlib.metadata.version("pulumi")),
        )
        if found and found < wanted:
            told = [".".join(map(str, version)) for version in (found, wanted)]
            say(
                f"The Pulumi CLI at {self.command} is {told[0]}; this project is made for {told[1]} or newer: renew it with `{INSTALL}`."
            )

    def ask(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command for its output; what must stand in no list of processes goes to its standard input."""
        folder = ROOT / self.project.folder
        return subprocess.run(
            [self.command, *arguments],
            cwd=folder,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            input=stdin,
        )


def find_pulumi() -> str | None:
    """Path of the CLI: the first on PATH, else the one in Pulumi's own directory."""
    return shutil.which("pulumi") or shutil.which("pulumi", path=str(PULUMI_HOME / "bin"))


def ensure_pulumi() -> Pulumi:
    """Find the CLI, or install the version that belongs to the SDK with the SDK's own installer.

    :raises PulumiNotInstalledError: where it can't be had.
    """
    command = find_pulumi()
    if command is None:
        command = _install()
    # The program's environment and the language host stand beside each other on PATH, before all else.
    path = os.pathsep.join([str(Path(command).parent), os.environ.get("PATH", os.defpath)])
    environment = {
        **os.environ,
        "PATH": path,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **PAST_PROXIES,
        **_backend(),
    }
    return Pulumi(command, environment)


def _install() -> str:
    """Install the CLI, by a program that is ended when it takes too long; the command's path."""
    with step("Installing the Pulumi CLI"):
        installer = subprocess.Popen(
            [*INSTALLER, str(PULUMI_HOME)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            command, reason = installer.communicate(timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            raise PulumiNotInstalledError(
                f"it took longer than {INSTALL_SECONDS:g} s, the limit in PULUMI_INSTALL_SECONDS"
            ) from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(installer.pid, signal.SIGKILL)  # what it has started, too
        if installer.returncode:
            raise PulumiNotInstalledError(" ".join(reason.split()))
    return command


def _backend() -> dict[str, str]:
    """Where state is kept: the backend that the user is logged in to, else files of this project."""
    if os.environ.get("PULUMI_BACKEND_URL") or _logged_in_to():
        return {}
    backend = {"PULUMI_BACKEND_URL": STATE.as_uri()}
    STATE.mkdir(exist_ok=True)
    STATE.chmod(0o700)
    if not any(
        os.environ.get(name) is not None
        for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
    ):
        backend["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_passphrase())
    return backend


def _logged_in_to() -> str:
    """The backend that `pulumi login` was last called for; empty where it never was, or its file can't be read."""
    try:
        return str(json.loads((PULUMI_HOME / "credentials.json").read_text()).get("current") or "")
    except (OSError, ValueError):
        return ""


def _version(text: str) -> tuple[int, ...]:
    """The three numbers of a version such as `v3.259.0`; empty where there are none."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(number) for number in found.groups()) if found else ()


def _passphrase() -> Path:
    """The passphrase file, generated where there is none; it is there as a whole or not at all, and another command may be the first to make it."""
    if PASSPHRASE.exists():
        return PASSPHRASE
    files = [path for path in sorted(ROOT.glob("Pulumi.*.yaml")) if path.is_file()]
    salted = [path.name for path in files if b"\nencryptionsalt:" in b"\n" + path.read_bytes()]
    if salted and not PASSPHRASE.exists():
        raise CommandError(
            f"{salted[0]} is encrypted with a passphrase that is not here; put that back as {PASSPHRASE.relative_to(ROOT)}, "
            "or set PULUMI_CONFIG_PASSPHRASE. "
            "If the stack and its secrets are given up, remove the line encryptionsalt from that file."
        )
    with tempfile.NamedTemporaryFile("w", dir=STATE) as file:  # for its owner alone
        file.write(secrets.token_urlsafe(32))
        file.flush()
        try:
            os.link(file.name, PASSPHRASE)
        except FileExistsError:
            return PASSPHRASE
    say(
        f"State and its passphrase are kept in {STATE.name}/ (keep both; the passphrase is {PASSPHRASE.relative_to(ROOT)})"
    )
    return PASSPHRASE


def json_answer(pulumi: Pulumi, *arguments: str) -> Any:
    """The JSON that a command prints.

    :raises CommandError: with the command's own words, where it fails.
    """
    answer = pulumi.ask(*arguments)
    if answer.returncode:
        raise CommandError(answer.stderr.strip() or answer.stdout.strip())
    return json.loads(answer.stdout)
