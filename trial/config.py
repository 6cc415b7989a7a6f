"""A stack's config as the Pulumi engine would hand it to the program: every value as text, lists and groups as JSON."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

from cli import stack_file
from cli.console import CommandError
from cli.paths import ROOT
from cli.stack import PROJECT, written_config


def stack_config(stack: str) -> dict[str, str]:
    """A stack's config, by key with its namespace.

    :raises CommandError: where there is none, or it holds what only the Pulumi CLI can read.
    """
    config, file = _written(stack), f"Pulumi.{stack}.yaml"
    encrypted = [
        place
        for key, value in config.items()
        for place in _encrypted(value, str(key).removeprefix(f"{PROJECT}:"))
    ]
    if encrypted:
        raise CommandError(
            f"{file}: {', '.join(encrypted)} can be decrypted by the Pulumi CLI alone, and a trial does without it. Install the CLI "
            f"(https://www.pulumi.com/docs/install/) and run `make up STACK={stack}`, or try a copy of the file in which the value is left out."
        )
    return {_namespaced(str(key), file): _text(value) for key, value in config.items()}


def clear_config(stack: str) -> tuple[dict[str, str], frozenset[str]]:
    """What can be read of the program's config without the Pulumi CLI, by key without namespace, and the keys that hold something encrypted.

    What is encrypted is left out: a value, or the whole list that it stands in, for an item may mean nothing without it.

    :raises CommandError: where there is no config, or it can't be read.
    """
    config = {str(key).removeprefix(f"{PROJECT}:"): value for key, value in _written(stack).items()}
    config = {
        key: value for key, value in config.items() if ":" not in key
    }  # the others are settings of providers
    encrypted = frozenset(key for key, value in config.items() if list(_encrypted(value, key)))
    clear = {key: _clear(value) for key, value in config.items()}
    return {
        key: _text(value)
        for key, value in clear.items()
        if value is not None or key not in encrypted
    }, encrypted


def _written(stack: str) -> dict[str, Any]:
    """The config of a stack's file, by key as it is written."""
    written_config(stack)
    config: dict[str, Any] = stack_file.read(ROOT / f"Pulumi.{stack}.yaml").get("config") or {}
    return config


def _clear(value: Any) -> Any:
    """A value without what is encrypted in it; none where nothing is left."""
    if not list(_encrypted(value, "")):
        return value
    if not isinstance(value, dict) or set(value) == {"secure"}:
        return None
    kept = {key: _clear(item) for key, item in value.items()}
    return {key: item for key, item in kept.items() if item is not None or value[key] is None}


def _namespaced(key: str, file: str) -> str:
    namespace, _, name = key.rpartition(":")
    if sentence := stack_file.misspelt(key, PROJECT):
        raise CommandError(f"{file}: {sentence}")
    if namespace not in ("", PROJECT):
        raise CommandError(
            f"{file}: {key} is a setting of a Pulumi provider, and a trial has none; set it with `make up`, or remove it from the file."
        )
    return f"{PROJECT}:{name}"


def _encrypted(value: Any, place: str) -> Iterator[str]:
    """The places of encrypted values."""
    if isinstance(value, dict):
        if set(value) == {"secure"} and isinstance(value["secure"], str):
            yield place
            return
        for key, item in value.items():
            yield from _encrypted(item, f"{place}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _encrypted(item, f"{place}[{index}]")


def _text(value: Any) -> str:
    """A value as text: as it is, or as JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return str(_plain(value)) if isinstance(value, datetime.date) else json.dumps(_plain(value))


def _plain(value: Any) -> Any:
    """A value with whole numbers and moments in the engine's form."""
    if isinstance(value, dict):
        return {_text(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} +0000 UTC"
    return f"{value} 00:00:00 +0000 UTC" if isinstance(value, datetime.date) else value
