"""The command line behind `make try`: `python -m trial --help`."""

from __future__ import annotations

import sys

import click

from cli.console import stack_option
from trial import session
from trial.served import ca_certificate


@click.group()
def cli() -> None:
    """Tries the pack registry of one environment without Pulumi: applied to Docker for real, recorded nowhere."""


@cli.command()
@stack_option
@click.option(
    "--only",
    metavar="NAME",
    default="table",
    help="`table`, `json`, or the name of one output.",
    show_default=True,
)
@click.option("--secrets", is_flag=True, help="Show passwords.")
@click.option(
    "--detach", is_flag=True, help="Leave the registry running instead of waiting for Ctrl-C."
)
def up(stack: str, only: str, secrets: bool, detach: bool) -> None:
    """Bring the registry up and prove it; on a terminal, wait for Ctrl-C and then remove everything."""
    session.up(stack, only, secrets=secrets, wait=sys.stdin.isatty() and not detach)


@cli.command()
@stack_option
def down(stack: str) -> None:
    """Remove everything that was made."""
    session.down(stack)


@cli.command()
@stack_option
def ca(stack: str) -> None:
    """Print the certificates that a client has to trust."""
    click.echo(ca_certificate(stack, session.docker_host(stack)), nl=False)


if __name__ == "__main__":
    cli()
