"""What the registration commands share: the Palette project's stack and its config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from cli.console import CommandError
from cli.paths import PALETTE, ROOT
from cli.pulumi.binary import Pulumi, require_pulumi
from cli.pulumi.stack import ensure_stack
from cli.stack_file import read_config

RUN_PROGRAM = "--run-program"
"""Makes Pulumi use the API key in the stack's config instead of the one in its state."""


def ensure_stack_exists(stack: str) -> None:
    """Check that a registry or a registration has a file for the stack: it may be misspelled.

    :raises CommandError: if there is none.
    """
    if not _config_file(stack).exists():
        read_config(stack)


def prepare_registration(stack: str) -> Pulumi:
    """Create or recover the registration's stack.

    :returns: the CLI for the Palette project.
    """
    ensure_stack_exists(stack)
    pulumi = require_pulumi().of(PALETTE)
    ensure_stack(pulumi, stack)
    return pulumi


def read_registration_config(stack: str) -> dict[str, Any]:
    """Read the registration's config as written, by key without namespace; empty if there is none.

    :raises CommandError: if the file is invalid.
    """
    path = _config_file(stack)
    try:
        config = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("config") or {}
        return {str(key).removeprefix(f"{PALETTE.name}:"): value for key, value in config.items()}
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, AttributeError):
        raise CommandError(
            f"{PALETTE.folder}/{path.name} is not a valid stack file: config must be an object."
        ) from None


def _config_file(stack: str) -> Path:
    return ROOT / PALETTE.folder / f"Pulumi.{stack}.yaml"
