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
    confirm(
        f"Remove the registry of stack {stack} and delete all packs in {place}?",
        "PURGE=1",
        make_command("down PURGE=1 YES=1", stack),
        "Nothing was removed.",
    )


def confirm(question: str, subject: str, command: str, refused: str) -> None:
    """Ask before something is deleted.

    :param subject: what needs the confirmation, at the start of a sentence.
    :param command: the command that skips the prompt.
    :param refused: what to say if the answer is no.
    :raises CommandError: if the answer is no, or there is no terminal.
    """
    if not has_terminal():  # nobody may ever answer
        raise CommandError(
            f"{subject} needs a confirmation, and there is no terminal. To skip the prompt, run "
            f"`{command}`."
        )
    try:
        if click.confirm(f"{question} This can't be undone.", err=True):
            return
    except click.Abort:
        click.echo(err=True)  # Ctrl-C ended no line
    raise CommandError(refused)


def has_terminal() -> bool:
    """Whether a person can answer."""
    return sys.stdin is not None and sys.stdin.isatty()
