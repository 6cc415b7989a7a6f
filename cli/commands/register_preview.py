"""``make register-preview``."""

from __future__ import annotations

import sys

import click

from cli.options import stack_option
from cli.pulumi.stack import SKIP_CONFIG_VALIDATION
from cli.registration import RUN_PROGRAM, prepare_registration


@click.command()
@stack_option
def register_preview(stack: str) -> None:
    """Show what `make register` would change."""
    options = ("--diff", "--refresh", RUN_PROGRAM, SKIP_CONFIG_VALIDATION)
    sys.exit(prepare_registration(stack).run("preview", "--stack", stack, *options))
