"""Installs the Pulumi CLI with the SDK's own installer: `python -m cli.install_pulumi DIRECTORY`.

A program of its own, because the installer has no time limit: it can be ended from outside (``ops/pulumi_cli.py``).
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import urllib.request

SITE = "https://get.pulumi.com/install.sh"
"""Where the SDK's installer begins, too."""
CONNECT_SECONDS = 5.0
"""How long one of the site's addresses may take to answer."""
REACH_SECONDS = 20.0
"""How long the site may take to answer in all: its name's resolution, which knows no limit, and one address after the other."""


def reach_site() -> None:
    """See that Pulumi's site answers, before an installer is started that would wait for it.

    :raises OSError: where it does not, with the reason.
    """
    failed: list[OSError] = []

    def ask() -> None:
        try:
            urllib.request.urlopen(SITE).close()
        except OSError as error:
            failed.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(REACH_SECONDS)
    if asking.is_alive():
        raise TimeoutError(f"{SITE} did not answer within {REACH_SECONDS:g} s")
    if failed:
        raise failed[0]


def main(root: str) -> None:
    """Install the version that belongs to the SDK into a directory, and print the command's path; fail with the reason in one line."""
    from pulumi.automation import PulumiCommand

    socket.setdefaulttimeout(CONNECT_SECONDS)
    try:
        reach_site()
        command = PulumiCommand.install(root=root).command
    except subprocess.CalledProcessError as error:
        sys.exit(
            (error.output or b"").decode(errors="replace").strip().rpartition("\n")[2] or str(error)
        )
    except Exception as error:  # the installer's download and its script fail in ways of their own
        sys.exit(" ".join(str(error).removeprefix("<urlopen error ").removesuffix(">").split()))
    sys.stdout.write(command)


if __name__ == "__main__":
    main(sys.argv[1])
