"""Secrets in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from common.settings_model import secret_values
from common.validation import SET_COMMAND, format_path
from components.settings import Settings


def plaintext_secret_warnings(
    values: Mapping[str, Any], keys: Set[str], stack: str
) -> Iterator[str]:
    """Yield a warning for each secret that a stack's file holds in plain text.

    :param values: the stack's config by key.
    :param keys: the keys that are checked.
    """
    for path, value in secret_values(Settings, values):
        if isinstance(value, str) and value and str(path[0]) in keys:
            name = format_path(path)
            # The CLI prompts for one line only.
            source = " < key.pem" if str(path[-1]).endswith("Pem") else ""
            yield (
                f"{name} is in plain text. Encrypt it with "
                f"`{SET_COMMAND} --stack {stack} --secret --path '{name}'{source}`. "
                "If others may have read it, replace the secret."
            )
