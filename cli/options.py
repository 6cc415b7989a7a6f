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


DEFAULT_JOBS = "4"
MAX_JOBS = 64
"""Each job is a Pulumi engine with its plugins."""

API_KEY = "PALETTE_API_KEY"
"""Variable with Palette's API key. Only `make register-key` reads it, and starts no program with
it."""


_Check = Callable[[click.Context, click.Parameter, Any], Any]
_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

STACK = "cli.stack"
"""Key of the stack in the data that a command's contexts share, if it runs for one stack."""

ALL = "all"
"""Selects all stacks that have a file."""


def validate_stack_name(stack: str) -> None:
    """Check that a stack's name is one that Pulumi accepts.

    :raises CommandError: if it is not.
    """
    if "," in stack:
        raise CommandError(
            "STACK: only `make up`, `make preview` and `make status` accept several stacks. Run "
            "this command for one stack after the other (for example, STACK=prod)."
        )
    if not _NAME.fullmatch(stack):
        raise CommandError(
            "STACK: invalid stack name. Must consist of letters, digits, hyphens, underscores "
            "and dots (for example, STACK=prod)."
        )


def from_environment(variable: str, default: str) -> Callable[[], str]:
    """Return a function that reads an option's default.

    A variable that is set and empty counts: `make down STACK=$UNSET` must not mean the stack dev.
    """
    return lambda: os.environ.get(variable, default)


def stack_names(selection: str) -> list[str]:
    """Return the names in a selection of stacks, each once.

    :raises CommandError: if one is not a name that Pulumi accepts.
    """
    names = list(dict.fromkeys(name.strip() for name in selection.split(",")))
    for name in names:
        validate_stack_name(name)
    return names


def is_fleet(selection: str) -> bool:
    """Whether a selection of stacks is a fleet, and not one stack."""
    return selection == ALL or "," in selection


def _checked_stacks(context: click.Context, _: click.Parameter, value: Any) -> str:
    if len(stack_names(str(value))) == 1 and value != ALL:
        context.meta[STACK] = str(value)
    return str(value)


def _checked_jobs(_: click.Context, __: click.Parameter, value: Any) -> int:
    text = str(value).strip()
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_JOBS:
        raise CommandError(
            f'JOBS: invalid value "{text}". Must be a number from 1 to {MAX_JOBS} (for example, '
            f"JOBS={DEFAULT_JOBS})."
        )
    return int(text)


def _checked_stack(context: click.Context, _: click.Parameter, value: Any) -> str:
    validate_stack_name(str(value))
    context.meta[STACK] = str(value)
    return str(value)


def _checked_source(_: click.Context, __: click.Parameter, value: Any) -> str:
    if not value:
        raise CommandError(
            "FROM is not set. Set it to the stack that has the packs (for example, FROM=prod)."
        )
    validate_stack_name(str(value))
    return str(value)


def _variable_option(name: str, default: str, check: _Check, text: str) -> _Decorator:
    """Return an option whose default is the variable of its name, or else another value."""
    variable = name.upper()
    return click.option(
        f"--{name}",
        default=from_environment(variable, default),
        show_default=f"{variable}, or {default}",
        callback=check,
        help=text,
    )


stack_option = _variable_option("stack", DEVELOPMENT_STACK, _checked_stack, "Name of the stack.")
source_option = click.option(
    "--source",
    default=from_environment("FROM", ""),
    callback=_checked_source,
    show_default="FROM",
    help="Name of the stack that has the packs.",
)
stacks_option = _variable_option(
    "stack",
    DEVELOPMENT_STACK,
    _checked_stacks,
    "Name of the stack. Several names with commas, or `all`: the first one runs alone.",
)
jobs_option = _variable_option(
    "jobs",
    DEFAULT_JOBS,
    _checked_jobs,
    "With several stacks, the number that runs at the same time.",
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


def file_option(text: str, default: str = "", name: str = "file") -> _Decorator:
    """Return the option for what a command writes, or writes to.

    :param name: name of the command's parameter.
    """
    return click.option(
        "--file",
        name,
        default=from_environment("FILE", default),
        show_default=f"FILE, or {default}" if default else "FILE",
        help=text,
    )


secrets_option = click.option("--secrets", is_flag=True, help="Show passwords.")
