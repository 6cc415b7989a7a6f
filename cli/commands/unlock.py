"""``make unlock``."""

from __future__ import annotations

import click

from cli.hosts import host_of
from cli.options import stack_option
from cli.settings import operational_settings


@click.command()
@stack_option
def unlock(stack: str) -> None:
    """Remove the lock of a backup, restore or garbage collection that was killed."""
    host = host_of(operational_settings(stack))
    host.ensure_ready()
    host.unlock(stack)
