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
from cli.make_variables import refuse_misspelled
from cli.trial_errors import name_trials
from common.redaction import redact


@contextlib.contextmanager
def _scrubbed_errors() -> Iterator[None]:
    """Remove secrets from errors of click, which quote arguments."""
    try:
        yield
    except click.ClickException as error:
        error.message = redact(error.message)  # type: ignore[misc] # only the scrubber changes it
        raise


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
                with name_trials(ctx):
                    return super().invoke(ctx)
        except KeyboardInterrupt:
            from cli.console import InterruptedCommandError

            raise InterruptedCommandError from None
