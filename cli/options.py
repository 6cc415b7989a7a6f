"""Options that several commands have.

`make` hands its variables over as environment variables, because their values are not shell text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import click

from cli.console import CommandError
from common.stacks import DEVELOPMENT_STACK

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
"""Name of a stack. A slash would lead to another directory."""


API_KEY = "PALETTE_API_KEY"
"""Variable with Palette's API key. Only `make register-key` reads it, and starts no program with
it."""


def validate_stack_name(stack: str) -> None:
    """Check that a stack's name is one that Pulumi accepts.

    :raises CommandError: if it is not.
    """
    if not _NAME.fullmatch(stack):
        raise CommandError(
            "STACK: invalid stack name. Must consist of letters, digits, dashes, underscores "
            "and dots (for example, STACK=prod)."
        )


def from_environment(variable: str, default: str) -> Callable[[], str]:
    """Return a function that reads an option's default.

    A variable that is set and empty counts: `make down STACK=$UNSET` must not mean the stack dev.
    """
    return lambda: os.environ.get(variable, default)


def _checked_stack(_: click.Context, __: click.Parameter, value: Any) -> str:
    validate_stack_name(str(value))
    return str(value)


stack_option = click.option(
    "--stack",
    default=from_environment("STACK", DEVELOPMENT_STACK),
    show_default=f"STACK, or {DEVELOPMENT_STACK}",
    callback=_checked_stack,
    help="Name of the stack.",
)
policy_option = click.option(
    "--policy/--no-policy",
    default=None,
    help="Check the stack against the policy pack. Default: yes, except for the stack dev.",
)
only_option = click.option(
    "--only",
    metavar="NAME",
    default=from_environment("OUTPUT", "table"),
    show_default="OUTPUT, or table",
    help="`table`, `json`, or the name of one output.",
)
secrets_option = click.option("--secrets", is_flag=True, help="Show passwords.")
