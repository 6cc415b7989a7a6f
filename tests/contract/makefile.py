"""The targets of the Makefile, and the variables that users may set for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_ASSIGNMENT = re.compile(r"^(\w+) *(\?=|:=|=) *(.*)$", re.MULTILINE)
_REFERENCE = re.compile(r"\$[({](\w+)[)}]|\$\(call option,(\w+),")
_DOCUMENTED = re.compile(r"\b([A-Z_]+)=")
"""A variable in the documentation of a target; tests read some of them from the environment."""
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
        variables |= set(_DOCUMENTED.findall(documentation))
        yield f"{target}: {', '.join(sorted(variables))}".rstrip(" :")


def defaults(makefile: Path) -> Iterator[str]:
    """The variables with a default that users may set."""
    for name, kind, value in _ASSIGNMENT.findall(makefile.read_text()):
        if kind == "?=":
            yield f"{name}: default {value!r}"


def _settable(text: str, assigned: dict[str, tuple[str, str]]) -> set[str]:
    """The variables that a text uses, also through others, and that users may set."""
    found: set[str] = set()
    for name in {first or second for first, second in _REFERENCE.findall(text)} - _OF_MAKE:
        kind, value = assigned.get(name, ("", ""))
        found |= _settable(value, assigned) if kind in (":=", "=") else {name}
    return found
