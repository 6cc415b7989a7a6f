"""A registry's outputs on standard output: all as a table or as JSON, or one of them as it is."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import click

from cli.console import CommandError

SECRET = "[secret]"  # noqa: S105 - what is shown in a secret's place
"""As `pulumi stack output` shows it."""
SECRETS = ("adminPassword", "consoleRegistration", "users")
"""The registry's outputs that are secret, whatever its settings."""
LONGEST = 200
"""Characters of an output that the table shows at most."""


def check_choice(only: str, names: Iterable[str]) -> None:
    """See that there is what is asked for.

    :param only: `table`, `json`, or the name of one output.
    :raises CommandError: where there is not.
    """
    if only not in ("table", "json", *names):
        raise CommandError(
            f"OUTPUT: there is no output {only}; allowed are table, json, {', '.join(sorted(names))}."
        )


def expect_no_secret(only: str, secrets: Container[str], shown_by: str) -> None:
    """See that what is asked for is no secret: a script would take what is shown in its place for the password.

    :param only: `table`, `json`, or the name of one output.
    :param secrets: the outputs that are not shown.
    :param shown_by: the command that shows one; ``{name}`` and ``{secrets}`` in it stand for its name and what asks for secrets.
    :raises CommandError: where it is one.
    """
    if only in secrets:
        raise CommandError(f"{only} is a secret; `{_command(shown_by, only)}` shows it.")


def print_outputs(
    values: Mapping[str, Any],
    only: str,
    in_full: str,
    others: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Print outputs.

    :param only: `table`, `json`, or the name of one output.
    :param in_full: the command that prints an output of several lines, or of a long one; ``{name}`` in it stands for the output's name, and
        ``{secrets}`` for what asks for secrets, where it is one.
    :param others: such commands of outputs that have another one.
    """
    check_choice(only, values)
    if only == "table":
        _print_table(values, in_full, others)
    elif only == "json":
        click.echo(json.dumps(values, indent=2, ensure_ascii=False))
    else:
        value = values[only]
        click.echo(
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
            nl=not str(value).endswith("\n"),
        )


def _command(template: str, name: str) -> str:
    return template.format(name=name, secrets=" SECRETS=1" if name in SECRETS else "")


def _print_table(values: Mapping[str, Any], in_full: str, others: Mapping[str, str]) -> None:
    width = max(len(name) for name in values)
    for name, value in sorted(values.items()):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        first, *more = text.strip().splitlines() or [""]
        if more or len(first) > LONGEST:
            text = f"{first[:LONGEST]} ... (`{_command(others.get(name, in_full), name)}` prints it in full)"
        click.echo(f"{name:<{width}}  {text.strip() or '(empty)'}")
