"""Installs the Pulumi CLI with the SDK's own installer: `python -m ops.install_pulumi DIRECTORY`.

A program of its own, because the installer has no time limit: it can be ended from outside (``ops/pulumi_cli.py``).
"""

from __future__ import annotations

import socket
import subprocess
import sys

CONNECT_SECONDS = 5.0
"""How long Pulumi's site may take to answer."""


def main(root: str) -> None:
    """Install the version that belongs to the SDK into a directory, and print the command's path; fail with the reason in one line."""
    from pulumi.automation import PulumiCommand

    socket.setdefaulttimeout(CONNECT_SECONDS)
    try:
        command = PulumiCommand.install(root=root).command
    except subprocess.CalledProcessError as error:
        sys.exit((error.output or b"").decode(errors="replace").strip().rpartition("\n")[2] or str(error))
    except Exception as error:  # the installer's download and its script fail in ways of their own
        sys.exit(" ".join(str(error).removeprefix("<urlopen error ").removesuffix(">").split()))
    sys.stdout.write(command)


if __name__ == "__main__":
    main(sys.argv[1])
