"""The commands of the systemd units and of the cron table in the documentation."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from cli.paths import ROOT

EXAMPLES = ROOT / "docs" / "examples" / "unattended"
DIRECTORY, BACKUPS = "/opt/pack-registry", "/srv/backups/packs"
"""Places in the examples, which a test replaces."""


def unit_command(unit: str, instance: str = "") -> list[str]:
    """Return the command of a service, as systemd runs it."""
    (line,) = re.findall(r"^ExecStart=(.*)$", (EXAMPLES / unit).read_text(), re.MULTILINE)
    return [word.replace("%i", instance).replace("$$", "$") for word in shlex.split(line)]


def unit_environment(**replaced: str) -> dict[str, str]:
    """Return the variables of a service: those of its file, and systemd's path."""
    lines = (EXAMPLES / "pack-registry.env").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
    assert set(replaced) <= {*variables, "PATH"}
    return {"PATH": path, **variables, **replaced}


def cron_lines() -> list[tuple[str, str]]:
    """Return the lines of the cron table: the recipient of mails, and the command."""
    found, recipient = [], ""
    for line in (EXAMPLES / "pack-registry.cron").read_text().splitlines():
        if line.startswith("MAILTO="):
            recipient = line.removeprefix("MAILTO=")
        elif re.match(r"[0-9*]", line):
            *_, user, command = line.split(maxsplit=6)
            assert user == "root"
            assert "%" not in command, "cron ends a command there"
            found.append((recipient, command))
    return found


def make_targets(text: str) -> set[str]:
    """Return the targets of `make` in commands."""
    return set(re.findall(r"make (?:--[a-z-]+ )*([a-z]+)", text))


def timers() -> list[Path]:
    """Return the timers."""
    return sorted(EXAMPLES.glob("*.timer"))
