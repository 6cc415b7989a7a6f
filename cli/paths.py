"""Paths of this repository's Pulumi projects and of their state."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cli.console import CommandError

ROOT = Path(__file__).resolve().parent.parent
"""Directory of the registry's Pulumi project."""

STATE = ROOT / ".state"
"""Pulumi's state and passphrase if no other backend is selected. Git ignores it."""

PASSPHRASE = STATE / "passphrase"
"""Passphrase file for the secrets in state and stack config. Mode 0600."""


def _home() -> Path:
    """Return the user's home directory.

    :raises CommandError: if HOME is not set and the user ID has no entry in the user database.
    """
    try:
        return Path.home()
    except RuntimeError:
        raise CommandError(
            f"HOME is not set, and the user ID {os.getuid()} has no home directory. "
            "Set HOME to a directory that you may write (for example, HOME=/tmp/home)."
        ) from None


PULUMI_HOME = Path(os.environ.get("PULUMI_HOME") or _home() / ".pulumi")
"""Directory of the Pulumi CLI's installation, login and plugins."""


@dataclass(frozen=True)
class Project:
    """A Pulumi project of this repository."""

    name: str
    folder: str
    """Directory, relative to the root."""
    target_system: str
    """The system that the project's resources are in."""

    @property
    def option(self) -> str:
        """The CLI option that selects the project from the root."""
        return f" --cwd {self.folder}" if self.folder else ""


REGISTRY = Project("pack-registry", "", "the Docker host")
PALETTE = Project("pack-registry-palette", "palette", "Palette")
PROJECT = REGISTRY.name
