"""The option OUTPUT of commands that can also print only what needs an action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from cli.console import CommandError
from cli.options import from_environment

FORMATS = ("table", "json", "notice")


def _checked_format(_: click.Context, __: click.Parameter, value: Any) -> str:
    if value not in FORMATS:
        raise CommandError(
            f'OUTPUT: invalid value "{value}". Must be one of: {", ".join(FORMATS)}.'
        )
    return str(value)


def notice_option(notice: str) -> Callable[[Any], Any]:
    """Return the option `--output`, which hands over one of the formats.

    :param notice: what the format `notice` prints. Otherwise it prints nothing.
    """
    return click.option(
        "--output",
        default=from_environment("OUTPUT", "table"),
        callback=_checked_format,
        show_default="OUTPUT, or table",
        help=f"`table`, `json`, or `notice`: only {notice}.",
    )
