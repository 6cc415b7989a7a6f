"""Where things are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The Pulumi project."""

STATE = ROOT / ".state"
"""Pulumi's state and passphrase, where no other backend is in use; git ignores it."""

PASSPHRASE = STATE / "passphrase"
"""What the secrets in state and stack config are encrypted with; mode 0600."""


@dataclass(frozen=True)
class Project:
    """A Pulumi project of this repository."""

    name: str
    folder: str
    """Its directory, seen from the root."""
    world: str
    """Where what it declares is."""

    @property
    def option(self) -> str:
        """The CLI's option to run a command in it from the root."""
        return f" --cwd {self.folder}" if self.folder else ""


REGISTRY = Project("pack-registry", "", "the Docker host")
PALETTE = Project("pack-registry-palette", "palette", "Palette")
