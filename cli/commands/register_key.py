"""``make register-key``."""

from __future__ import annotations

import os
import sys

import click

from cli.console import CommandError, info, make_command
from cli.options import API_KEY, stack_option
from cli.paths import PALETTE
from cli.registration import prepare_registration
from common.redaction import register_secrets


@click.command()
@stack_option
def register_key(stack: str) -> None:
    """Store the Palette API key, encrypted. Read it from PALETTE_API_KEY or a prompt."""
    key = os.environ.pop(API_KEY, "")  # not an option: all users can read command lines
    if not key and not sys.stdin.isatty():
        raise CommandError(
            "The API key can't be prompted for without a terminal. "
            f"Run `PALETTE_API_KEY=... {make_command('register-key', stack)}`."
        )
    key = key or str(click.prompt("Palette API key", hide_input=True))
    register_secrets(key)
    arguments = ("config", "set", "--secret", "paletteApiKey", "--stack", stack)
    stored = prepare_registration(stack).run_captured(*arguments, stdin=key)
    if stored.returncode:
        raise CommandError(stored.stderr.strip())
    info(
        f"Stored the API key, encrypted, in {PALETTE.folder}/Pulumi.{stack}.yaml. "
        f"Continue with `{make_command('register', stack)}`."
    )
