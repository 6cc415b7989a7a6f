"""TODO describe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from common.settings_model import secret_values
from common.validation import SET_COMMAND, format_path
from components.settings import Settings


def plaintext_secret_warnings(
    values: Mapping[str, Any], keys: Set[str], stack: str
) -> Iterator[str]:
    """A sentence on every secret under some of the keys that a stack's file shows to everybody who reads it."""
    for path, value in secret_values(Settings, values):
        if isinstance(value, str) and value and str(path[0]) in keys:
            name = format_path(path)
            lines = (
                " < key.pem" if str(path[-1]).endswith("Pem") else ""
            )  # the CLI asks for one line
            yield (
                f"{name} is written in the clear; encrypt it with `{SET_COMMAND} --stack {stack} --secret --path '{name}'{lines}`, "
                "and change it if others may have read it."
            )
