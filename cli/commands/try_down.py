"""``make try-down``."""

from __future__ import annotations

import click

from cli.options import stack_option
from trial import command


@click.command()
@stack_option
def try_down(stack: str) -> None:
    """Remove everything that `make try` created."""
    command.down(stack)
