"""Installs the Pulumi CLI.

The installation runs as a program, ``python -m cli.pulumi.install DIRECTORY``, that
:func:`install_pulumi` can end after a time limit.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

from cli.console import CommandError, progress
from cli.paths import PULUMI_HOME, ROOT
from cli.pulumi.archive import install_archive

COMMAND = "curl -fsSL https://get.pulumi.com | sh"
"""Pulumi's documented command, which also updates an old CLI."""
PROGRAM = [sys.executable, "-m", "cli.pulumi.install"]
SITE = "https://get.pulumi.com/install.sh"
"""URL that is requested first, to check that the site can be reached."""
CONNECT_SECONDS = 5.0
"""Time limit for a connection to one address of the site."""
REACH_SECONDS = 20.0
"""Time limit for the first response, including name resolution and all addresses."""
INSTALL_SECONDS = float(os.environ.get("PULUMI_INSTALL_SECONDS") or 120)
"""Time limit for the installation."""


class PulumiNotInstalledError(CommandError):
    """The Pulumi CLI is missing and can't be downloaded."""

    def __init__(self, reason: str) -> None:
        self.problem = f"The Pulumi CLI is not installed and could not be downloaded ({reason})."
        super().__init__(
            f"{self.problem} Install it with `{COMMAND}` "
            "(https://www.pulumi.com/docs/install/), then run this command again."
        )


def install_pulumi() -> str:
    """Install the CLI version that matches the SDK into Pulumi's directory.

    :returns: path of the CLI.
    :raises PulumiNotInstalledError: if the installer fails or exceeds its time limit.
    """
    with progress("Installing the Pulumi CLI"):
        installer = subprocess.Popen(
            [*PROGRAM, str(PULUMI_HOME)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        try:
            command, reason = installer.communicate(timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            raise PulumiNotInstalledError(
                f"it took longer than PULUMI_INSTALL_SECONDS, {INSTALL_SECONDS:g} s"
            ) from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(installer.pid, signal.SIGKILL)  # including its child processes
        if installer.returncode:
            raise PulumiNotInstalledError(" ".join(reason.split()))
    return command


def reach_site() -> None:
    """Check that Pulumi's site responds: name resolution has no time limit.

    :raises OSError: if it does not, with the reason.
    """
    errors: list[OSError] = []

    def request() -> None:
        try:
            urllib.request.urlopen(SITE).close()
        except OSError as error:
            errors.append(error)

    thread = threading.Thread(target=request, daemon=True)
    thread.start()
    thread.join(REACH_SECONDS)
    if thread.is_alive():
        raise TimeoutError(f"{SITE} did not respond within {REACH_SECONDS:g} s")
    if errors:
        raise errors[0]


def main(root: str) -> None:
    """Install the CLI into a directory and print its path. Exit with a one-line reason on error."""
    socket.setdefaulttimeout(CONNECT_SECONDS)
    try:
        reach_site()
        command = install_archive(Path(root))
    except Exception as error:  # the download and the archive raise unrelated types
        sys.exit(" ".join(str(error).removeprefix("<urlopen error ").removesuffix(">").split()))
    sys.stdout.write(command)


if __name__ == "__main__":
    main(sys.argv[1])
