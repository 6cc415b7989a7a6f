"""JSON with the lines of its keys and values.

The json module accepts more than Palette, which is written in Go: repeated keys, NaN, numbers that
no float can hold. It recurses, and its values know no lines. So tokens are read before and after.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packs.checks.limits import MAX_DEPTH
from packs.checks.text import TextError, shown

JsonPath = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]:,]|[^\s{}\[\]:,"]++', re.DOTALL)
_NUMBER = re.compile(r"-?\d[\d.eE+-]*")
_CONSTANTS = ("NaN", "Infinity", "-Infinity")
_MAX_DIGITS = 300
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_EXPECTED = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": 'a key in double quotes or "}" is missing',
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Extra data": "text follows the end of the object",
    "Invalid control character": "a string has a line end, a tab or another control character",
    "Unterminated string": "a string has no end",
    "Invalid \\escape": "a string has an unknown escape. Write a backslash twice",
    "Invalid \\uXXXX escape": "a string has an incomplete escape",
}
"""What the json module reports, in the words of an editor."""


@dataclass(frozen=True)
class JsonDocument:
    """A document of JSON."""

    value: Any
    lines: Mapping[JsonPath, int]
    repeated: tuple[tuple[JsonPath, int], ...]
    """Keys that an object has already, with their lines."""

    def line(self, *path: str | int) -> int:
        """Return the line of a value, or of the closest value around it."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


@dataclass
class _Container:
    """An object or a list whose end is not reached yet."""

    is_object: bool
    key: str | int
    expects_key: bool


def read_json(text: str) -> JsonDocument:
    """Read a document.

    :raises TextError: if it is no JSON that Palette can read.
    """
    if text.startswith(_BOM):
        raise TextError("The file starts with a byte order mark (BOM). Save it without.", 1)
    _check_tokens(text)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise _invalid(text, error) from None
    lines: dict[JsonPath, int] = {}
    repeated: list[tuple[JsonPath, int]] = []
    for path, line in _values(text):
        if path in lines:
            repeated.append((path, line))
        else:
            lines[path] = line
    return JsonDocument(value, lines, tuple(repeated))


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Yield the tokens with their lines. An unknown character is skipped."""
    line, position = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", position, token.start())
        position = token.start()
        yield token[0], line


def _check_tokens(text: str) -> None:
    depth = 0
    for word, line in _tokens(text):
        depth += (word in "[{") - (word in "]}")
        if depth > MAX_DEPTH:
            raise TextError(
                f"The file has more than {MAX_DEPTH} levels of lists and objects.", line
            )
        if word in _CONSTANTS:
            raise TextError(f"Invalid JSON: {word} is not a number.", line)
        if _NUMBER.fullmatch(word) and not _is_finite(word):
            raise TextError(f"Invalid JSON: the number {shown(word)[1:-1]} is too large.", line)


def _is_finite(number: str) -> bool:
    try:
        return len(number) <= _MAX_DIGITS and math.isfinite(float(number))
    except ValueError:  # the json module reports it
        return True


def _invalid(text: str, error: json.JSONDecodeError) -> TextError:
    before = text[: error.pos].rstrip()
    is_comma = text[error.pos : error.pos + 1] == ","  # Python 3.13 reports the comma itself
    after = text[error.pos + is_comma :].lstrip()
    if (is_comma or before.endswith(",")) and after.startswith(("}", "]")):
        position = error.pos if is_comma else len(before) - 1
        line = text.count("\n", 0, position) + 1
        return TextError(f'Invalid JSON: a comma precedes "{after[0]}". Remove the comma.', line)
    known = (text for start, text in _EXPECTED.items() if error.msg.startswith(start))
    reason = next(known, "the syntax is wrong")
    return TextError(f"Invalid JSON: {reason} (column {error.colno}).", error.lineno)


def _values(text: str) -> Iterator[tuple[JsonPath, int]]:
    """Yield the path and the line of every key and value of a valid document."""
    open_containers: list[_Container] = []
    for word, line in _tokens(text):
        container = open_containers[-1] if open_containers else None
        if word in "]}":
            open_containers.pop()
        elif container and word == ",":
            if container.is_object:
                container.expects_key = True
            elif isinstance(container.key, int):
                container.key += 1
        elif container and word == ":":
            container.expects_key = False
        elif container and container.expects_key:
            container.key = json.loads(word)
            yield tuple(each.key for each in open_containers), line
        else:
            if not (container and container.is_object):
                yield tuple(each.key for each in open_containers), line
            if word in "[{":
                open_containers.append(_Container(word == "{", 0, word == "{"))
