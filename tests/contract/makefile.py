"""The targets of the Makefile, and the variables that users may set for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from cli.__main__ import cli

_ASSIGNMENT = re.compile(r"^(?:override )?(\w+) *(\?=|:=|=) *(.*)$", re.MULTILINE)
_REFERENCE = re.compile(r"\$[({](\w+)[)}]|\$\(call option,(\w+),")
_DOCUMENTED = re.compile(r"\b([A-Z_]+)=")
"""A variable in the documentation of a target; tests read some of them from the environment."""
_COMMAND = re.compile(r"\$\(CLI\) ([a-z-]+)")
_FROM_ENVIRONMENT = re.compile(r"([A-Z_]+)(?:, or (.+))?")
"""How the help of an option names the variable that it reads, and the default."""
_OF_MAKE = {"MAKEFILE_LIST", "CURDIR", "SHELL"}


def targets(makefile: Path) -> Iterator[str]:
    """Each public target with its variables."""
    text = makefile.read_text()
    assigned = {name: (kind, value) for name, kind, value in _ASSIGNMENT.findall(text)}
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    for target in sorted(phony.split()):
        (rule,) = re.findall(rf"^{target}:((?:.*\n)(?:\t.*\n)*)", text, re.MULTILINE)
        head, _, recipe = rule.partition("\n")
        prerequisites, _, documentation = head.partition("##")
        variables = _settable(prerequisites + recipe, assigned)
        variables |= {name for name, _ in _read_by_commands(recipe)}
        variables |= set(_DOCUMENTED.findall(documentation))
        yield f"{target}: {', '.join(sorted(variables))}".rstrip(" :")


def defaults(makefile: Path) -> Iterator[str]:
    """The variables with text that users may set, and the defaults of the commands."""
    found = dict.fromkeys(_read_by_commands(makefile.read_text()))
    for name, value in sorted(found):
        yield f"{name}: default {value!r}"


def _read_by_commands(text: str) -> Iterator[tuple[str, str]]:
    """The variables that the commands in a text read from the environment, with their defaults."""
    context = click.Context(cli)
    for name in _COMMAND.findall(text):
        command = cli.get_command(context, name)
        assert command, f"no command {name}"
        for option in command.params:
            shown = getattr(option, "show_default", None)
            if isinstance(shown, str) and (match := _FROM_ENVIRONMENT.fullmatch(shown)):
                yield match[1], match[2] or ""


def _settable(text: str, assigned: dict[str, tuple[str, str]]) -> set[str]:
    """The variables that a text uses, also through others, and that users may set."""
    found: set[str] = set()
    for name in {first or second for first, second in _REFERENCE.findall(text)} - _OF_MAKE:
        kind, value = assigned.get(name, ("", ""))
        found |= _settable(value, assigned) if kind in (":=", "=") else {name}
    return found
