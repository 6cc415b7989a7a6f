"""Stack config as the user wrote it: Pulumi hands over every value as text, lists and groups as JSON.

Left out on purpose: whether the values are right (``components/faults.py``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime import config
from pydantic import BaseModel


def read_stack_config(model: type[BaseModel]) -> tuple[dict[str, Any], frozenset[str]]:
    """The current stack's config of this project, by key without the namespace, and which keys are marked as secret."""
    namespace = f"{pulumi.get_project()}:"
    texts = {**config.get_config_env(), **config.CONFIG.get()}
    values = parse_config(
        model,
        {
            key.removeprefix(namespace): text
            for key, text in texts.items()
            if key.startswith(namespace)
        },
    )
    return values, frozenset(key for key in values if config.is_config_secret(namespace + key))


def parse_config(model: type[BaseModel], texts: Mapping[str, str]) -> dict[str, Any]:
    """Config values of a model's settings as the user wrote them."""
    scalars = {
        info.alias for info in model.model_fields.values() if info.annotation in (str, int, bool)
    }
    values = {key: text if key in scalars else _structure(text) for key, text in texts.items()}
    return {key: value for key, value in values.items() if value is not None}


def _structure(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or more of it than Python reads
        return text
