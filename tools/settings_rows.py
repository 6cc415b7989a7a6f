"""The settings as rows: what every generated reference of them is made from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from common.settings_model import field_docs, inner_model
from components.settings import Settings

_TYPES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True)
class SettingRow:
    """One setting."""

    group: str
    """Path of the group that contains it, for example ``tls.subject`` or ``users[]``. Empty for
    the settings at the top."""
    name: str
    """Its name in the group."""
    type: str
    """Its type in the words of the documentation, for example "list of strings"."""
    default: str
    """Its default as a stack file holds it (JSON, strings without quotes). Empty if there is none.
    """
    required: bool
    secret: bool
    description: str
    """Sentences."""
    allowed: str
    """What is allowed: the end of a sentence that starts with "Must be"."""
    example: Any
    """A valid value as a stack file holds it. None for a secret: a command sets it."""

    @property
    def key(self) -> str:
        """Its path, for example ``tls.subject.country``."""
        return f"{self.group}.{self.name}" if self.group else self.name


def settings_rows(model: type[BaseModel] = Settings, group: str = "") -> Iterator[SettingRow]:
    """Yield every setting of a model. A group is followed by its settings."""
    for field, info in model.model_fields.items():
        docs = field_docs(model, field)
        row = SettingRow(
            group=group,
            name=info.alias or field,
            type=type_name(info.annotation),
            default=_default(info),
            required=info.is_required(),
            secret=docs.secret,
            description=str(info.description),
            allowed=docs.allowed,
            example=docs.example,
        )
        yield row
        if inner := inner_model(info.annotation):
            is_list = get_origin(info.annotation) is list
            yield from settings_rows(inner, f"{row.key}[]" if is_list else row.key)


def type_name(annotation: Any) -> str:
    """Return the name of a type in the documentation."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_name(arguments[0])
    if origin in (Union, UnionType):
        return type_name(next(part for part in arguments if part is not NoneType))
    if origin is list:
        return f"list of {type_name(arguments[0])}s"
    if origin is dict:
        return "map of strings" if type_name(arguments[1]) == "string" else "object"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "string"
    return _TYPES.get(annotation, "object")


def to_plain(value: Any) -> Any:
    """Convert a default to what a stack file holds. Objects keep what is not a default."""
    if isinstance(value, BaseModel):
        kept = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        fields = type(value).model_fields.items()
        required = {info.alias or name: name for name, info in fields if info.is_required()}
        return kept | {key: to_plain(getattr(value, name)) for key, name in required.items()}
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _default(info: FieldInfo) -> str:
    if info.is_required() or inner_model(info.annotation) is info.annotation:
        return ""
    value = to_plain(info.get_default(call_default_factory=True))
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
