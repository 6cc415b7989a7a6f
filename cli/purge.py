"""Confirmation before packs are deleted."""

from __future__ import annotations

import sys

import click

from cli.console import CommandError, make_command


def confirm_purge(stack: str, place: str) -> None:
    """Ask before the packs of a stack are deleted.

    :param place: where the packs are.
    :raises CommandError: if the answer is no, or there is no terminal.
    """
    question = f"Remove the registry of stack {stack} and delete all packs in {place}?"
    try:
        is_confirmed = click.confirm(f"{question} This can't be undone.", err=True)
        if not sys.stdin.isatty():
            click.echo(err=True)  # the answer ended no line
        if is_confirmed:
            return
    except click.Abort:
        click.echo(err=True)  # Ctrl-C, or no answer, ended no line either
        if not sys.stdin.isatty():
            raise CommandError(
                "PURGE=1 needs a confirmation, and there is no terminal. To skip the "
                f"prompt, run `{make_command('down PURGE=1 YES=1', stack)}`."
            ) from None
    raise CommandError("Nothing was removed.")
