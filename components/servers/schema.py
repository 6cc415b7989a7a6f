"""Validation of a server's configuration against a JSON schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def issues_by_schema(
    configuration: Mapping[str, Any], schema: Mapping[str, Any], server: str
) -> Iterator[str]:
    """Find keys and values that a server would reject, with one sentence for each.

    No sentence shows a value, because it may be secret.

    :param server: the name of the server.
    """
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(schema).iter_errors(configuration)
    for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path]):
        path = ".".join(str(part) for part in error.absolute_path)
        match error.validator:
            case "additionalProperties":
                known = error.schema["properties"]
                allowed = ", ".join(_distinct(known)) or "none"
                for name in sorted(str(name) for name in error.instance if name not in known):
                    key = f"{path}.{name}" if path else name
                    yield f"{key}: unknown key of {server}. Must be one of: {allowed}"
            case "enum":
                yield f"{path}: invalid value. Must be one of: {', '.join(error.validator_value)}"
            case _:
                types = error.validator_value
                types = types if isinstance(types, list) else [types]
                yield f"{path}: invalid type. Must be {' or '.join(_TYPES[name] for name in types)}"


def _distinct(names: Iterable[str]) -> Iterator[str]:
    """Yield names, without the lower-case twins that stand for keys whose case does not count."""
    found: dict[str, str] = {}
    for name in names:
        if name.lower() not in found or name != name.lower():
            found[name.lower()] = name
    yield from found.values()


_TYPES = {
    "string": "a string",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
    "object": "an object",
    "array": "a list",
    "null": "empty",
}
