"""Validation of a configuration against ``distribution.schema.json``.

The schema is written from CNCF Distribution's configuration reference.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SCHEMA_FILE = Path(__file__).with_name("distribution.schema.json")

NOT_DRIVERS = {"cache", "delete", "redirect", "maintenance", "tag"}
"""Keys of `storage` that are not storage drivers."""


@functools.cache
def load_schema() -> dict[str, Any]:
    """Read the schema."""
    schema: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return schema


def storage_drivers() -> list[str]:
    """Return the names of the storage drivers. A configuration has one of them."""
    properties = load_schema()["properties"]["storage"]["properties"]
    return [name for name in properties if name not in NOT_DRIVERS]


def schema_issues(configuration: Mapping[str, Any]) -> Iterator[str]:
    """Find keys and values that the server would reject, with one sentence for each.

    No sentence shows a value, because it may be secret.
    """
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(load_schema()).iter_errors(configuration)
    for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path]):
        path = ".".join(str(part) for part in error.absolute_path)
        match error.validator:
            case "additionalProperties":
                known = error.schema["properties"]
                allowed = ", ".join(known) or "none"
                for name in sorted(str(name) for name in error.instance if name not in known):
                    key = f"{path}.{name}" if path else name
                    yield f"{key}: unknown key of CNCF Distribution. Must be one of: {allowed}"
            case "enum":
                yield f"{path}: invalid value. Must be one of: {', '.join(error.validator_value)}"
            case _:
                types = error.validator_value
                types = types if isinstance(types, list) else [types]
                yield f"{path}: invalid type. Must be {' or '.join(_TYPES[name] for name in types)}"


_TYPES = {
    "string": "a string",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
    "object": "an object",
    "array": "a list",
    "null": "empty",
}
