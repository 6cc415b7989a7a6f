"""A registry's outputs on standard output: all as a table or as JSON, or one of them."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rich.cells import cell_len, set_cell_size

from cli.console import CommandError, result
from common.redaction import redact_all

MASK = "[secret]"
"""What `pulumi stack output` prints in place of a secret."""
SECRETS = ("adminPassword", "consoleRegistration", "users")
"""Outputs of the registry that are secret with any settings."""
MAX_WIDTH = 200
"""Characters of an output that the table shows at most."""


def validate_output_name(only: str, names: Iterable[str]) -> None:
    """Check the selection of outputs.

    :param only: `table`, `json`, or the name of one output.
    :raises CommandError: if there is no such output.
    """
    if only not in ("table", "json", *names):
        allowed = f"table, json, {', '.join(sorted(names))}"
        raise CommandError(f'OUTPUT: unknown output "{only}". Must be one of: {allowed}.')


def ensure_not_masked(only: str, masked: Container[str], show_command: str) -> None:
    """Check that the selected output is not masked: a script would use the mask as the password.

    :param only: `table`, `json`, or the name of one output.
    :param masked: the outputs that are masked.
    :param show_command: see :func:`print_outputs`.
    :raises CommandError: if it is masked.
    """
    if only in masked:
        raise CommandError(f"{only} is a secret. To show it, run `{_command(show_command, only)}`.")


def print_outputs(
    values: Mapping[str, Any],
    only: str,
    show_command: str,
    show_commands: Mapping[str, str] = MappingProxyType({}),
    *,
    secrets: bool = False,
) -> None:
    """Print outputs.

    :param only: `table`, `json`, or the name of one output.
    :param show_command: the command that prints one output in full. ``{name}`` is replaced by the
        output's name, ``{secrets}`` by the variable that shows secrets. Empty if there is none:
        then no output is shortened.
    :param show_commands: commands of outputs that have a different one, by name.
    :param secrets: whether the user asked for secrets. Otherwise what looks like one is removed.
    :raises CommandError: if there is no such output.
    """
    values = values if secrets else redact_all(values)
    validate_output_name(only, values)
    if only == "table":
        _print_table(values, show_command, show_commands)
    elif only == "json":
        result(json.dumps(values, indent=2, ensure_ascii=False), secrets=True)
    else:
        text = _text(values[only])
        result(text, nl=not text.endswith("\n"), secrets=True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _command(template: str, name: str) -> str:
    return template.format(name=name, secrets=" SECRETS=1" if name in SECRETS else "")


def _print_table(
    values: Mapping[str, Any], show_command: str, show_commands: Mapping[str, str]
) -> None:
    width = max(len(name) for name in values)
    for name, value in sorted(values.items()):
        text = _text(value).strip()
        first, *more = text.splitlines() or [""]
        template = show_commands.get(name, show_command)
        if template and (more or len(first) > MAX_WIDTH):
            command = _command(template, name)
            text = f"{first[:MAX_WIDTH]} ... (full value: `{command}`)"
        result(f"{name:<{width}}  {text or '(empty)'}", secrets=True)


def printable(text: str) -> str:
    """Escape what a terminal could act on or hide: control characters and marks of direction."""
    shown = text if len(text) <= MAX_WIDTH else f"{text[:MAX_WIDTH]}..."
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown
    )


def print_rows(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows in columns, with what others wrote in printable form."""
    lines = [tuple(header), *(tuple(printable(cell) for cell in row) for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (set_cell_size(cell, width) for cell, width in zip(line, widths, strict=True))
        result("  ".join(cells).rstrip())
