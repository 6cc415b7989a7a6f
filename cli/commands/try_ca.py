"""``make try-ca``."""

from __future__ import annotations

import click

from cli.console import result
from cli.options import stack_option
from trial import command
from trial.ca import ca_certificate


@click.command()
@stack_option
def try_ca(stack: str) -> None:
    """Print the certificates that a client of the trial must trust."""
    result(ca_certificate(stack, command.docker_host(stack)), nl=False)
