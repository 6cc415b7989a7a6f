"""Where things are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The Pulumi project."""

STATE = ROOT / ".state"
"""Pulumi's state and passphrase, where no other backend is in use; git ignores it."""

PASSPHRASE = STATE / "passphrase"
"""What the secrets in state and stack config are encrypted with; mode 0600."""
