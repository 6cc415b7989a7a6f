"""Messages of the commands, on standard error. Standard output has results only.

Both are scrubbed of secrets. Only results that the user asked for may show them.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from collections.abc import Iterator

import click
from rich.console import Console
from rich.text import Text

from cli import interrupts
from common.redaction import redact
from common.stacks import DEVELOPMENT_STACK

console = Console(stderr=True, highlight=False, soft_wrap=True)


def info(text: str) -> None:
    """Print a step, or the result of one."""
    _print((">", "bold"), text)


def result(text: str, *, nl: bool = True, secrets: bool = False) -> None:
    """Print a result on standard output.

    :param nl: whether to end the line.
    :param secrets: whether the user asked for secrets.
    """
    click.echo(text if secrets else redact(text), nl=nl)


def _print(symbol: tuple[str, str], text: str) -> None:
    console.print(Text.assemble(symbol, " ", redact(text)))


def escape_unencodable_output() -> None:
    """Print characters that the terminal's encoding lacks as escapes, instead of a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def progress(text: str) -> Iterator[None]:
    """Print a step that takes a while: its start, a spinner on a terminal, and its duration."""
    began = time.monotonic()
    info(text)
    with console.status(Text(redact(text))):
        yield
    info(f"{text}: done in {time.monotonic() - began:.0f} s")


class CommandError(click.ClickException):
    """A command can't continue. The message ends with the fix."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(redact(message))
        self.exit_code = exit_code  # type: ignore[misc] # click reads it from the instance

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click passes it
        """Print the message."""
        _print(("x", "bold red"), self.message)


class NoRegistryError(CommandError):
    """A stack has never been updated, or its registry was removed."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem} {fix}")
        self.problem = problem
        self.fix = fix


class InterruptedCommandError(CommandError):
    """Ctrl-C stopped a command."""

    def __init__(self) -> None:
        super().__init__(interrupts.MESSAGE, interrupts.EXIT_CODE)


def make_command(target: str, stack: str) -> str:
    """Name the command that runs a Makefile target for a stack."""
    return f"make {target}" if stack == DEVELOPMENT_STACK else f"make {target} STACK={stack}"


def size_text(size: int) -> str:
    """Return a number of bytes in the unit that shows it: ``512 bytes``, ``1.5 kB``, ``3.0 GB``."""
    if size < 1000:
        return count(size, "byte")
    for unit, length in (("kB", 1e3), ("MB", 1e6)):
        if size < length * 1e3:
            return f"{size / length:.1f} {unit}"
    return f"{size / 1e9:.1f} GB"


def duration_text(seconds: float) -> str:
    """Return a time in the unit that shows it: ``30 seconds``, ``5 minutes``, ``3 days``."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return count(int(seconds // length), unit)
    return count(max(0, int(seconds)), "second")


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    :param plural: the noun's plural, if it is not the noun with an `s`.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"
