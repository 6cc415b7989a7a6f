"""Reads a settings model: key, type, default, description and allowed values of each setting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

TYPES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True)
class Setting:
    """One setting of a model."""

    key: str
    """Its name within the model."""
    info: FieldInfo
    group: type[BaseModel] | None
    """The model of its own settings, if it is an object or a list of objects."""

    @property
    def is_list(self) -> bool:
        """Whether its value is a list."""
        return get_origin(self.info.annotation) is list

    @property
    def secret(self) -> bool:
        """Whether its value must be encrypted."""
        return bool(_extra(self.info).get("secret"))

    @property
    def type(self) -> str:
        """The type, as the documentation names it."""
        return type_name(self.info.annotation)

    @property
    def description(self) -> str:
        """What the setting does."""
        return str(self.info.description)

    @property
    def allowed(self) -> str:
        """The allowed values."""
        return str(_extra(self.info)["allowed"])

    @property
    def example(self) -> Any:
        """A valid value, as a stack file holds it."""
        return self.info.examples[0] if self.info.examples else None

    @property
    def default(self) -> Any:
        """The default, as a stack file holds it; None if there is none."""
        if self.info.is_required():
            return None
        value = to_plain(self.info.get_default(call_default_factory=True))
        return None if value in ("", None) else value

    @property
    def shown_default(self) -> str:
        """The default in Markdown."""
        if self.info.is_required():
            return "required"
        if self.default is None or (self.group and not self.is_list):
            return ""
        text = self.default if isinstance(self.default, str) else json.dumps(self.default)
        return f"`{text}`"


def settings_of(model: type[BaseModel]) -> Iterator[Setting]:
    """The settings of a model in their order."""
    for name, info in model.model_fields.items():
        yield Setting(info.alias or name, info, _group(info.annotation))


def groups_of(
    model: type[BaseModel], prefix: str = ""
) -> Iterator[tuple[str, Setting, type[BaseModel]]]:
    """Every group below a model: the full key, its setting and its model, outer groups first."""
    for setting in settings_of(model):
        if setting.group:
            key = f"{prefix}{setting.key}{'[]' if setting.is_list else ''}"
            yield key, setting, setting.group
            yield from groups_of(setting.group, f"{key}.")


def type_name(annotation: Any) -> str:
    """The name of a type in the documentation."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_name(arguments[0])
    if origin in (Union, UnionType):
        return type_name(next(part for part in arguments if part is not NoneType))
    if origin is list:
        return f"list of {type_name(arguments[0])}s"
    if origin is dict:
        return (
            "map of strings" if arguments[1:] and type_name(arguments[1]) == "string" else "object"
        )
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "string"
    return TYPES.get(annotation, "object")


def to_plain(value: Any) -> Any:
    """Convert a default to what a stack file holds: objects with the keys that are not default."""
    if isinstance(value, BaseModel):
        kept = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return kept | {
            info.alias or name: getattr(value, name)
            for name, info in type(value).model_fields.items()
            if info.is_required()
        }
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _group(annotation: Any) -> type[BaseModel] | None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Annotated, list):
        return _group(arguments[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None


def _extra(info: FieldInfo) -> dict[str, Any]:
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
