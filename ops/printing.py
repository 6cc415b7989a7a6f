"""A registry's outputs on standard output: all as a table or as JSON, or one of them as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import click

from ops.console import StoppedError

LONGEST = 200
"""Characters of an output that the table shows at most."""


def check_choice(only: str, names: Iterable[str]) -> None:
    """See that there is what is asked for.

    :param only: `table`, `json`, or the name of one output.
    :raises StoppedError: where there is not.
    """
    if only not in ("table", "json", *names):
        raise StoppedError(f"OUTPUT: there is no output {only}; allowed are table, json, {', '.join(sorted(names))}.")


def print_outputs(values: Mapping[str, Any], only: str, in_full: str) -> None:
    """Print outputs.

    :param only: `table`, `json`, or the name of one output.
    :param in_full: the command that prints an output of several lines, or of a long one; ``{name}`` in it stands for the output's name.
    """
    check_choice(only, values)
    if only == "table":
        _print_table(values, in_full)
    elif only == "json":
        click.echo(json.dumps(values, indent=2, ensure_ascii=False))
    else:
        value = values[only]
        click.echo(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), nl=not str(value).endswith("\n"))


def _print_table(values: Mapping[str, Any], in_full: str) -> None:
    width = max(len(name) for name in values)
    for name, value in sorted(values.items()):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        first, *more = text.strip().splitlines() or [""]
        if more or len(first) > LONGEST:
            text = f"{first[:LONGEST]} ... (`{in_full.format(name=name)}` prints it in full)"
        click.echo(f"{name:<{width}}  {text.strip() or '(empty)'}")
