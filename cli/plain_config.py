"""A stack's config without the Pulumi CLI: every value as a string, like the Pulumi engine's.

Lists and objects are JSON. Encrypted values can't be read.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

from cli.config_keys import namespace_typo_hint
from cli.console import CommandError, make_command
from cli.paths import REGISTRY
from cli.stack_file import read_config


def full_config(stack: str) -> dict[str, str]:
    """Read a stack's config, by key with its namespace.

    :raises CommandError: if it can't be read, or if only the Pulumi CLI can read all of it.
    """
    config, file = read_config(stack), f"Pulumi.{stack}.yaml"
    encrypted = [path for key, value in config.items() for path in _encrypted(value, key)]
    if encrypted:
        raise CommandError(
            f"{file}: only the Pulumi CLI can decrypt {', '.join(encrypted)}, and a trial runs "
            "without it. Install the CLI (https://www.pulumi.com/docs/install/) and run "
            f"`{make_command('up', stack)}`, or try a copy of the file without these values."
        )
    return {_namespaced(key, stack): _to_string(value) for key, value in config.items()}


def readable_config(stack: str) -> tuple[dict[str, str], frozenset[str]]:
    """Read what is not encrypted in the program's config, by key without namespace.

    The second result has the keys that contain something encrypted. An encrypted value is omitted,
    and so is a list that contains one: its items may mean nothing without it.

    :raises CommandError: if the config can't be read.
    """
    # A key with a namespace is a setting of a provider.
    config = {key: value for key, value in read_config(stack).items() if ":" not in key}
    encrypted = frozenset(key for key, value in config.items() if list(_encrypted(value, key)))
    plain = {key: _without_encrypted(value) for key, value in config.items()}
    return {
        key: _to_string(value)
        for key, value in plain.items()
        if value is not None or key not in encrypted
    }, encrypted


def _without_encrypted(value: Any) -> Any:
    """Remove what is encrypted; none if nothing is left."""
    if not list(_encrypted(value, "")):
        return value
    if not isinstance(value, dict) or set(value) == {"secure"}:
        return None
    kept = {key: _without_encrypted(item) for key, item in value.items()}
    return {key: item for key, item in kept.items() if item is not None or value[key] is None}


def _namespaced(key: str, stack: str) -> str:
    file = f"Pulumi.{stack}.yaml"
    if hint := namespace_typo_hint(key):
        raise CommandError(f"{file}: {hint}")
    if ":" in key:
        raise CommandError(
            f"{file}: {key} is a setting of a Pulumi provider, which a trial does not use. "
            f"Remove it from the file, or run `{make_command('up', stack)}`."
        )
    return f"{REGISTRY.name}:{key}"


def _encrypted(value: Any, path: str) -> Iterator[str]:
    """Find the paths of encrypted values."""
    if isinstance(value, dict):
        if set(value) == {"secure"} and isinstance(value["secure"], str):
            yield path
            return
        for key, item in value.items():
            yield from _encrypted(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _encrypted(item, f"{path}[{index}]")


def _to_string(value: Any) -> str:
    """Convert a value to a string: itself, or JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    plain = _to_plain(value)
    return str(plain) if isinstance(value, datetime.date) else json.dumps(plain)


def _to_plain(value: Any) -> Any:
    """Convert integers and timestamps to the engine's form."""
    if isinstance(value, dict):
        return {_to_string(key): _to_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_to_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} +0000 UTC"
    return f"{value} 00:00:00 +0000 UTC" if isinstance(value, datetime.date) else value
