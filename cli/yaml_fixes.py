"""Fixes for the errors that PyYAML finds in a file that was edited by hand."""

from __future__ import annotations

import yaml

_INDENTATION = (
    "Check the indentation of this line. Settings belong under `config:`, indented by two spaces."
)
_COLON = "Write a setting as a key, a colon, a space and a value."
_QUOTES = "Put quotation marks around the value."
_CLOSE = "Close the bracket or the quotation mark."

_FIXES = (
    # A line without a space after its colon causes the first error in the line below it.
    ("mapping values are not allowed", f"{_INDENTATION} {_COLON}"),
    ("but found '<block mapping start>'", _INDENTATION),
    ("expected <block end>", _INDENTATION),
    ("could not find expected ':'", _COLON),
    ("found character '\\t'", f"Replace the tab with spaces. {_INDENTATION}"),
    ("that cannot start any token", _QUOTES),
    ("expected alphabetic or numeric character", _QUOTES),
    ("unexpected end of stream", _CLOSE),
    ("expected ',' or", _CLOSE),
    ("duplicate key", "Write this key once."),
)
"""The fix by a part of PyYAML's message. The first one applies."""


def yaml_fix(error: Exception) -> str:
    """Return sentences that fix an error of PyYAML; empty if its message says it all."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return ""
    return next((fix for part, fix in _FIXES if part in (error.problem or "")), "")
