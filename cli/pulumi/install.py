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
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError

from cli.console import CommandError, progress
from cli.paths import PULUMI_HOME, ROOT
from cli.pulumi.archive import install_archive

COMMAND = "curl -fsSL https://get.pulumi.com | sh"
"""Pulumi's documented command, which also updates an old CLI."""
GUIDE = "https://www.pulumi.com/docs/install/"
AIR_GAP = "docs/how-to/air-gap.md"
PROGRAM = [sys.executable, "-m", "cli.pulumi.install"]
HOST = "get.pulumi.com"
SITE = f"https://{HOST}/install.sh"
"""URL that is requested first, to check that the site can be reached."""
CONNECT_SECONDS = 5.0
"""Time limit for a connection to one address of the site."""
REACH_SECONDS = 20.0
"""Time limit for the first response, including name resolution and all addresses."""
INSTALL_SECONDS = float(os.environ.get("PULUMI_INSTALL_SECONDS") or 120)
"""Time limit for the installation."""
UNREACHABLE = 3
"""Exit code of the program if the site can't be reached."""
NETWORK_ERRORS = (URLError, HTTPException, TimeoutError, ConnectionError)
"""Errors of requests. Files raise other ones."""


class PulumiNotInstalledError(CommandError):
    """The Pulumi CLI is missing and can't be downloaded."""

    def __init__(self, reason: str, *, is_unreachable: bool = False) -> None:
        """Describe the problem.

        :param is_unreachable: whether the site can't be reached. Then Pulumi's command fails, too.
        """
        self.is_unreachable = is_unreachable
        self.problem = f"The Pulumi CLI is not installed and could not be downloaded ({reason})."
        if is_unreachable:
            has_proxy = bool(urllib.request.getproxies().get("https"))
            proxy = "Check `https_proxy`." if has_proxy else "Behind a proxy, set `https_proxy`."
            self.advice = f"{proxy} On a machine without a connection, see {AIR_GAP}."
            install = f"{self.advice} Otherwise, install the CLI ({GUIDE})"
        else:
            self.advice = ""
            install = f"Install it with `{COMMAND}` ({GUIDE})"
        self.fix = f"{install}, then run this command again."
        super().__init__(f"{self.problem} {self.fix}")


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
            raise PulumiNotInstalledError(
                " ".join(reason.split()), is_unreachable=installer.returncode == UNREACHABLE
            )
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
        raise TimeoutError(f"no response within {REACH_SECONDS:g} s")
    if errors:
        raise errors[0]


def main(root: str) -> None:
    """Install the CLI into a directory and print its path. Exit with a one-line reason on error."""
    socket.setdefaulttimeout(CONNECT_SECONDS)
    try:
        reach_site()
        command = install_archive(Path(root))
    except NETWORK_ERRORS as error:
        sys.stderr.write(f"{HOST}: {_reason(error)}")
        sys.exit(UNREACHABLE)
    except Exception as error:  # the archive and files raise unrelated types
        sys.exit(_reason(error))
    sys.stdout.write(command)


def _reason(error: Exception) -> str:
    """Return the cause of an error in one line, without the numbers of the system."""
    cause: object = error
    if isinstance(error, URLError) and not isinstance(error, HTTPError):
        cause = error.reason
    text = cause.strerror if isinstance(cause, OSError) and not cause.filename else None
    return " ".join(str(text or cause).split())


if __name__ == "__main__":
    main(sys.argv[1])
