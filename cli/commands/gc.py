"""``make gc``."""

from __future__ import annotations

import click

from cli.hosts import host_of
from cli.options import stack_option
from cli.settings import readable_settings
from cli.stack_registry import read_registry
from cli.zot_collection import describe_zot


@click.command()
@stack_option
@click.option("--apply", is_flag=True, help="Remove them. Otherwise, they are only reported.")
def gc(stack: str, apply: bool) -> None:
    """Remove blobs that no version refers to."""
    settings = readable_settings(stack)
    if settings.uses_zot:
        describe_zot(settings, stack)
        return
    registry = read_registry(stack)
    host = host_of(settings)
    host.ensure_ready()
    host.collect_garbage(stack, registry.outputs, registry.versions, apply=apply)
