"""Adds the trial of a stack to the error of a command that needs a recorded registry."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from cli.console import CommandError, NoRegistryError
from cli.options import STACK


@contextlib.contextmanager
def name_trials(context: click.Context) -> Iterator[None]:
    """Name the trial of a stack that has no registry, or that needs the missing Pulumi CLI."""
    try:
        yield
    except CommandError as error:
        stack = context.meta.get(STACK)
        shows_outputs = context.invoked_subcommand == "outputs"
        if stack and (message := _message_with_trial(error, stack, shows_outputs=shows_outputs)):
            raise CommandError(message, error.exit_code) from None
        raise


def _message_with_trial(error: CommandError, stack: str, *, shows_outputs: bool) -> str:
    """Return an error's message with what a trial of the stack changes; empty if nothing."""
    from cli.pulumi.install import PulumiNotInstalledError  # slow libraries, here and below

    if not isinstance(error, (NoRegistryError, PulumiNotInstalledError)):
        return ""
    from cli.docker.trial_notice import trial_notice, trial_offer, trial_passwords

    if notice := trial_notice(stack):
        # Without the fix that creates a registry: `make up` refuses to run if there is a trial.
        known = error.problem if isinstance(error, NoRegistryError) else error.message
        passwords = f" {trial_passwords(stack)}" if shows_outputs else ""
        return f"{known} {notice}{passwords}"
    if isinstance(error, PulumiNotInstalledError) and error.is_unreachable:
        return f"{error.message} {trial_offer(stack)}".rstrip()
    return ""
