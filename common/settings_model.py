"""What all groups of settings share, and how one setting is written: name, type, default, limits and text, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

import pulumi
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf
from pydantic.alias_generators import to_camel

from common import syntax

Int = Annotated[int, BeforeValidator(syntax.no_boolean)]

InputStr = str | InstanceOf[pulumi.Output[str]]
"""A text whose value may only be known while the update runs (a PEM file, a password)."""


def setting(default: Any, text: str, *, allowed: str, example: Any, secret: bool = False) -> Any:
    """One setting: its default (``...`` where it is required), what it means, what is allowed, an example, and whether to hide it."""
    return Field(
        default,
        description=text,
        examples=[example],
        json_schema_extra={"allowed": allowed, "secret": secret},
    )


def field_docs(model: type[BaseModel], field: str) -> dict[str, Any]:
    """What is said of a setting beside its meaning: what is `allowed`, and whether it is `secret`."""
    extra = model.model_fields[field].json_schema_extra
    return extra if isinstance(extra, dict) else {}


def nested(model: type[BaseModel], text: str) -> Any:
    """A group of settings, every one of which has a default."""
    return Field(
        default_factory=model,
        description=text,
        json_schema_extra={"allowed": "a group of settings", "secret": False},
    )


class SettingsModel(BaseModel):
    """What all groups of settings share: unknown keys are faults, names are camelCase outside and snake_case inside."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        coerce_numbers_to_str=True,
        arbitrary_types_allowed=True,
        str_max_length=2
        ** 20,  # with a limit, pydantic also refuses lone surrogates, which no file and no request can hold
    )


def secret_values(
    model: type[BaseModel], values: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Places and values of the secret settings that are written, at any depth."""
    for name, info in model.model_fields.items():
        written = info.alias or name
        if not isinstance(values, Mapping) or written not in values:
            continue
        value = values[written]
        if field_docs(model, name).get("secret"):
            yield (*path, written), value
        inner = (
            get_args(info.annotation)[0] if get_origin(info.annotation) is list else info.annotation
        )
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            items = enumerate(value) if isinstance(value, list) else [(None, value)]
            for index, item in items:
                yield from secret_values(
                    inner, item, (*path, written) if index is None else (*path, written, index)
                )
