"""A click group that imports a command's module when the command is called."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator
from typing import Any

import click

from cli import interrupts
from cli.commands import NAMES
from cli.console import CommandError, NoRegistryError
from cli.make_variables import refuse_misspelled
from cli.options import STACK
from common.redaction import redact


@contextlib.contextmanager
def _scrubbed_errors() -> Iterator[None]:
    """Remove secrets from errors of click, which quote arguments."""
    try:
        yield
    except click.ClickException as error:
        error.message = redact(error.message)  # type: ignore[misc] # only the scrubber changes it
        raise


@contextlib.contextmanager
def _trials_named(context: click.Context) -> Iterator[None]:
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


class LazyGroup(click.Group):
    """The commands of ``cli.commands``: the command ``register-key`` is in ``register_key.py``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the commands in the order of the Makefile."""
        return list(NAMES)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command; none if there is no command of that name."""
        if cmd_name not in NAMES:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(f"cli.commands.{name}"), name)
        return command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the arguments."""
        with _scrubbed_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. Ctrl-C raises an exception meanwhile, so that the command can clean up."""
        try:
            with interrupts.raised(), _scrubbed_errors():
                refuse_misspelled(os.environ)
                with _trials_named(ctx):
                    return super().invoke(ctx)
        except KeyboardInterrupt:
            from cli.console import InterruptedCommandError

            raise InterruptedCommandError from None
