"""``make down``."""

from __future__ import annotations

import click

from cli.hosts import host_of
from cli.options import stack_option
from cli.pulumi.binary import require_pulumi
from cli.settings import operational_settings


@click.command()
@stack_option
@click.option("--purge", is_flag=True, help="Also delete the packs.")
@click.option("--yes", is_flag=True, help="Delete packs without a confirmation.")
def down(stack: str, purge: bool, yes: bool) -> None:
    """Remove the registry. Keep its packs by default."""
    host = host_of(operational_settings(stack))
    host.ensure_ready()
    host.remove(require_pulumi(), stack, purge=purge, confirmed=yes)
