"""The command line behind `make try`: `python -m trial --help`."""

from __future__ import annotations

import sys

import click

from cli.console import stack_option
from trial import command
from trial.ca import ca_certificate


@click.group()
def cli() -> None:
    """Try the pack registry of a stack without Pulumi: real Docker resources, no state."""


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
    """Start and verify the registry. On a terminal, wait for Ctrl-C, then remove everything."""
    command.up(stack, only, secrets=secrets, wait=sys.stdin.isatty() and not detach)


@cli.command()
@stack_option
def down(stack: str) -> None:
    """Remove everything that the trial created."""
    command.down(stack)


@cli.command()
@stack_option
def ca(stack: str) -> None:
    """Print the CA certificates that clients have to trust."""
    click.echo(ca_certificate(stack, command.docker_host(stack)), nl=False)


if __name__ == "__main__":
    cli()
