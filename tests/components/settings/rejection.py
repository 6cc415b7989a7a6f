"""What the product says about invalid settings, and what must hold for all that it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pytest

from common.validation import SettingsError, format_path
from components.validation import validate_settings

ORIGIN = "stack test"
MARKERS = ("MARKER", "PW", "P/W")
"""Parts of secrets in the data."""

SECRET_KEYS = frozenset(
    "password pasword passwrod adminPassword bcrypt privateKeyPem privateKey clientPrivateKeyPem "
    "httpSecret accessKey secretKey imagePassword".split()
)
"""Keys of secrets, some of them misspelled as users misspell them."""


def rejected(config: Any, **options: Any) -> SettingsError:
    """Validate settings that are invalid, and return the error."""
    with pytest.raises(SettingsError) as raised:
        validate_settings(config, ORIGIN, **options)
    return raised.value


def sentences(error: SettingsError) -> list[str]:
    """Return the sentences of an error, one for each issue."""
    return [line.removeprefix("  - ") for line in str(error).splitlines()[1:]]


def setting_names(error: SettingsError) -> list[str]:
    """Return the names of the settings that an error reports, in its order."""
    return [format_path(issue.path) for issue in error.issues]


def render(messages: Mapping[str, SettingsError]) -> str:
    """Return the text of a snapshot: each case with its sentences below it."""
    lines = []
    for case, error in messages.items():
        lines += [f"{case}:", *(f"  - {sentence}" for sentence in sentences(error)), ""]
    return "\n".join(lines)


def check_form(error: SettingsError) -> None:
    """Check the form of a message: a summary, then one line for each issue."""
    summary, *lines = str(error).split("\n")
    names = setting_names(error)
    assert ORIGIN in summary, "the user must know where to look"
    assert str(len(names)) in summary.split(), "the summary counts the issues"
    assert len(lines) == len(names) >= 1, "one line for each issue: no value may break a line"
    for line, name in zip(lines, names, strict=True):
        assert line.startswith("  - "), line
        assert name in line, "each sentence names its setting"
    str(error).encode()  # a lone surrogate can't be printed


def check_message(error: SettingsError, config: Any) -> None:
    """Check the form of a message, and that it shows no secret of the config."""
    check_form(error)
    assert len(set(sentences(error))) == len(sentences(error)), "each issue is reported once"
    shown = (str(error) + repr(error)).lower()
    leaked = [secret for secret in secret_values(config) if secret.lower() in shown]
    assert leaked == [], "update logs are kept, shared and indexed"


def secret_values(config: Any, path: tuple[Any, ...] = ()) -> Iterator[str]:
    """Yield the secrets of a config that are long enough to tell apart from words of messages."""
    if isinstance(config, dict):
        for name, value in config.items():
            yield from secret_values(name, path)
            yield from secret_values(value, (*path, name))
    elif isinstance(config, list):
        for item in config:
            yield from secret_values(item, path)
    elif isinstance(config, pulumi.Output):
        yield MARKERS[0]
    elif isinstance(config, str | bytes) or SECRET_KEYS.intersection(path):
        text = config.decode() if isinstance(config, bytes) else str(config)
        yield from (marker for marker in MARKERS if marker in text)
        if SECRET_KEYS.intersection(path) and len(text) > 4:
            yield text
