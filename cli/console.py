"""What the commands say: a line per step on standard error, so that standard output is for results alone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import click
from rich.console import Console
from rich.text import Text

from components.settings import DEVELOPMENT_STACK

console = Console(stderr=True, highlight=False, soft_wrap=True)
stack_option = click.option(
    "--stack", default=DEVELOPMENT_STACK, show_default=True, help="The environment."
)


def say(text: str) -> None:
    """A step, or what came of it."""
    console.print(Text.assemble((">", "bold"), " ", text))


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """A step that takes a while: said at its start, with a moving mark on a terminal, and its seconds at its end."""
    began = time.monotonic()
    say(text)
    with console.status(Text(text)):
        yield
    say(f"{text}: done in {time.monotonic() - began:.0f} s")


class CommandError(click.ClickException):
    """A command can't go on; its text is a sentence that ends with what mends it."""

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click passes it
        """Print the sentence."""
        console.print(Text.assemble(("x", "bold red"), " ", self.message))
