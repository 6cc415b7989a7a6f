"""The base of all settings models, and the declaration of a setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from common.conflict import Path
from common.types.base import Format, field_format

MAX_CHARACTERS = 2**20
"""Limit of every string. If a limit is set, pydantic also rejects lone surrogates."""


def setting(
    default: Any, text: str, *, allowed: str = "", example: Any = None, secret: bool = False
) -> Any:
    """Declare a setting.

    :param default: the default, or ``...`` if the setting is required.
    :param text: the description. It starts with a noun and ends with a full stop.
    :param allowed: what is allowed, if the type's own documentation does not fit.
    :param example: a valid value, if the type's own example does not fit.
    :param secret: whether the setting is secret, if its type is not.
    """
    return Field(
        default,
        description=text,
        examples=None if example is None else [example],
        json_schema_extra={"allowed": allowed, "secret": secret},
    )


def nested(model: type[BaseModel], text: str) -> Any:
    """Declare a group of settings that all have defaults."""
    return Field(default_factory=model, description=text)


class SettingsModel(BaseModel):
    """A group of settings. Keys are camelCase in stack config; snake_case is accepted, too."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        coerce_numbers_to_str=True,
        arbitrary_types_allowed=True,
        str_max_length=MAX_CHARACTERS,
        defer_build=True,  # a group is built once, as part of the model that is used
    )


def field_docs(model: type[BaseModel], field: str) -> Format:
    """Return what is allowed in a setting, an example, and whether it is secret."""
    return field_format(model.model_fields[field])


def inner_model(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a group of settings, or of the items of a list of groups."""
    inner = get_args(annotation)[0] if get_origin(annotation) is list else annotation
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None


def _is_map_of_strings(annotation: Any) -> bool:
    return get_origin(annotation) is dict and get_args(annotation)[1] is not Any


def secret_values(
    model: type[BaseModel], values: Any, path: Path = ()
) -> Iterator[tuple[Path, Any]]:
    """Yield the paths and values of the secret settings that are set, at any depth.

    Settings are found by both of their names.
    """
    for name, info in model.model_fields.items():
        keys = [key for key in (info.alias, name) if isinstance(values, Mapping) and key in values]
        if not keys:
            continue
        key = str(keys[0])
        value = values[key]
        if field_docs(model, name).secret:
            if _is_map_of_strings(info.annotation) and isinstance(value, Mapping):
                yield from (((*path, key, str(item)), text) for item, text in value.items())
            else:
                yield (*path, key), value
        inner = inner_model(info.annotation)
        if inner and isinstance(value, list):
            for index, item in enumerate(value):
                yield from secret_values(inner, item, (*path, key, index))
        elif inner:
            yield from secret_values(inner, value, (*path, key))
