"""Host aliases of the user's ssh configuration."""

from __future__ import annotations

import subprocess

SSH_SECONDS = 5.0
"""Time for ssh to read its configuration."""


def configured_hostname(alias: str) -> str:
    """Return the hostname that ssh's configuration has for an alias; empty if ssh fails.

    ssh returns the alias itself if its configuration does not contain it.
    """
    try:
        output = subprocess.run(
            ["ssh", "-G", "--", alias],
            capture_output=True,
            encoding="utf-8",
            timeout=SSH_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    names = (line for line in output.splitlines() if line.startswith("hostname "))
    return next(names, "").removeprefix("hostname ").strip()
