"""What a named type consists of, and the types that belong to no domain."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import pulumi
from pydantic import BaseModel, GetCoreSchemaHandler, InstanceOf
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")

ERROR_TYPE = "format"
"""Type of the validation errors that named types raise. Their context holds the :class:`Format`."""

InputStr = str | InstanceOf[pulumi.Output[str]]
"""A string that may be known only during the update, for example a PEM file or a password."""


@dataclass(frozen=True, eq=False)
class Format:
    """Metadata of a named type: ``Annotated[str, Format(...)]``.

    Strings are checked, and numbers too, because YAML reads bare digits as a number. Pydantic
    rejects other types. Every error is replaced by one that holds this object.
    """

    allowed: str
    """What is allowed. It continues the sentence "Must be ..."."""
    example: Any = None
    """A valid value. None for secrets, whose messages show a command instead."""
    check: Callable[[str], str] | None = None
    """Returns the normal form of a string, or raises ``ValueError``."""
    pattern: str = ""
    """Regular expression that the whole string must match."""
    secret: bool = False
    """Whether messages hide values of this type."""
    hide_after: str = ""
    """Messages hide what follows this character: users write a password after it."""

    source: str = ""
    """Sentence that says where users find a value, for a value with a placeholder."""

    def parse(self, value: Any) -> Any:
        """Return the normal form of a value. A value of another type is returned unchanged.

        :raises ValueError: if the value is a string or number and is invalid.
        """
        if isinstance(value, bytes):  # pydantic would accept them as a string
            raise ValueError
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            return value
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise ValueError
        return self.check(value) if self.check else value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema = handler(source)
        if self.check or self.pattern or type(self).parse is not Format.parse:
            schema = core_schema.no_info_before_validator_function(self.parse, schema)
        return self.reporting(schema)

    def reporting(self, schema: CoreSchema) -> CoreSchema:
        """Return a schema whose errors hold this object."""
        return core_schema.custom_error_schema(
            schema,
            custom_error_type=ERROR_TYPE,
            custom_error_message="Must be {allowed}",
            custom_error_context={"allowed": self.allowed, "format": self},
        )


@dataclass(frozen=True, eq=False)
class Range(Format):
    """Metadata of a number with bounds, both inclusive."""

    low: float = 0
    high: float = 0

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema: Any = {**handler(source), "ge": self.low, "le": self.high}
        if schema["type"] == "float":
            schema["allow_inf_nan"] = False
        return self.reporting(
            core_schema.no_info_before_validator_function(_reject_boolean, schema)
        )


def _reject_boolean(value: Any) -> Any:
    """Reject booleans: Python counts true as 1."""
    if isinstance(value, bool):
        raise ValueError
    return value


def integer(low: int, high: int, example: int, unit: str = "") -> Range:
    """Metadata of an integer with inclusive bounds.

    :param unit: what the integer counts, for the documentation.
    """
    of_unit = f" number of {unit}" if unit else ""
    allowed = f"an integer{of_unit} from {low} to {high}"
    return Range(allowed, example, low=low, high=high)


class _Empty:
    """Metadata that allows an empty string in addition to a named type."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            lambda value, check: value if isinstance(value, str) and not value else check(value),
            handler(source),
        )


OrEmpty = Annotated[T, _Empty()]
"""A named type or an empty string, which means that the setting is not set."""


class _JsonObject(Format):
    def parse(self, value: Any) -> Any:
        """Reject an object that no file can hold: one with a lone surrogate."""
        json.dumps(value, default=str, ensure_ascii=False, skipkeys=True).encode()
        return value


Text = Annotated[str, Format("a string", "2027-01")]
JsonObject = Annotated[dict[str, Any], _JsonObject("an object", {})]


def format_of(annotation: Any) -> Format:
    """Return the format of a type: its own, or one that its parts make up."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        own = next((item for item in arguments[1:] if isinstance(item, Format)), None)
        return own or format_of(arguments[0])
    if origin in (Union, UnionType):
        return format_of(next(part for part in arguments if part is not NoneType))
    if origin is list:
        item = format_of(arguments[0])
        return Format(f"a list, each item {item.allowed}", [item.example], secret=item.secret)
    return Format("a map of strings") if origin is dict else _class_format(annotation)


def _class_format(annotation: Any) -> Format:
    if annotation is bool:
        return Format("true or false", example=True)
    if issubclass(annotation, Enum):
        names = [str(member.value) for member in annotation]
        return Format(f"one of: {', '.join(names)}", names[0])
    return _object_format(annotation) if issubclass(annotation, BaseModel) else Format("a string")


def _object_format(model: type[BaseModel]) -> Format:
    names = [info.alias or name for name, info in model.model_fields.items()]
    first = next(iter(model.model_fields.values()))
    example = {names[0]: field_format(first).example}
    return Format(f"an object with the settings {', '.join(names)}", example)


def field_format(info: Any) -> Format:
    """Return the format of a pydantic field. What the setting itself says precedes its type's."""
    own = next((item for item in info.metadata if isinstance(item, Format)), None)
    own = own or format_of(info.annotation)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return Format(
        extra.get("allowed") or own.allowed,
        info.examples[0] if info.examples else own.example,
        secret=own.secret or bool(extra.get("secret")),
        hide_after=own.hide_after,
        source=own.source,
    )
