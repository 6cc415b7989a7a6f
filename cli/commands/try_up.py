"""``make try``."""

from __future__ import annotations

import sys

import click

from cli.options import only_option, secrets_option, stack_option
from trial import command


@click.command()
@stack_option
@only_option
@secrets_option
@click.option("--detach", is_flag=True, help="Leave the registry running. Do not wait for Ctrl-C.")
def try_up(stack: str, only: str, secrets: bool, detach: bool) -> None:
    """Run the registry without Pulumi. On a terminal, Ctrl-C removes it again."""
    command.up(stack, only, secrets=secrets, wait=sys.stdin.isatty() and not detach)
