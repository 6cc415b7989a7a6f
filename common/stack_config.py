"""The config of a stack as Pulumi passes it: every value is a string, lists and objects are JSON.

Nothing is validated here (``common/validation.py``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime import config
from pydantic import BaseModel


def read_stack_config(model: type[BaseModel]) -> tuple[dict[str, Any], frozenset[str]]:
    """Read this project's config of the current stack.

    :returns: the values by key without the namespace, and the keys that are marked as secret.
    """
    namespace = f"{pulumi.get_project()}:"
    texts = {**config.get_config_env(), **config.CONFIG.get()}
    own = {key: text for key, text in texts.items() if key.startswith(namespace)}
    values = parse_config(model, {key.removeprefix(namespace): own[key] for key in own})
    return values, frozenset(key for key in values if config.is_config_secret(namespace + key))


def parse_config(model: type[BaseModel], texts: Mapping[str, str]) -> dict[str, Any]:
    """Parse config values. Empty values (``null``) are dropped.

    Scalar settings remain strings: pydantic converts them, and ``2027`` may be a string.
    """
    scalars = {
        info.alias for info in model.model_fields.values() if info.annotation in (str, int, bool)
    }
    values = {key: text if key in scalars else _parse_json(text) for key, text in texts.items()}
    return {key: value for key, value in values.items() if value is not None}


def _parse_json(text: str) -> Any:
    """Return the value of a JSON text, or the text itself if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # RecursionError: nested more deeply than Python reads
        return text
