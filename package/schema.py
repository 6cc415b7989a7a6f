"""The schema of the package, from the settings models and the components' outputs.

Pulumi's component host infers a schema from annotations. They have no defaults, no secrets, no
enums and no limits, so the schema is built here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.alias_generators import to_pascal
from pydantic.fields import FieldInfo

from common.settings_model import inner_model
from common.types.base import field_format
from common.version import VERSION
from components.settings import Settings, Target
from components.validation import COMPONENTS
from package.outputs import output_rows

NAME = "pack-registry"
NAMESPACE = "palette"
"""Prefix of the SDKs' names. Without it, Pulumi takes one from the URL of the Git repository, and
imports would differ between the ways to add the package."""
CHOSEN_BY_COMPONENT = "target"
"""The setting that is no input: the component is the target."""

_LANGUAGES = ("csharp", "go", "java", "nodejs", "python")
_GO_ROOT = "https://example.com/pack-registry"
"""Pulumi derives the path of the Go module from it, or else a path of a GitHub organization that is
named like the namespace. The module is local, so nothing may be able to serve its path."""
_ANY = {"$ref": "pulumi.json#/Any"}
_TYPES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
_OUTPUT_TYPES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "dict[str, str]": {"type": "object", "additionalProperties": {"type": "string"}},
    "dict[str, Any]": {"type": "object", "additionalProperties": _ANY},
}
_DESCRIPTIONS = {
    Target.DOCKER: "A pack registry on a Docker host, verified after every update.",
    Target.KUBERNETES: "A pack registry in a Kubernetes cluster, verified after every update.",
}


def package_schema() -> dict[str, Any]:
    """Return the schema: both components, and the types of their inputs."""
    return {
        "name": NAME,
        "namespace": NAMESPACE,
        "displayName": "Pack Registry",
        "version": VERSION,  # a Git tag of it is the letter v and this version
        "description": "Palette pack registries on Docker hosts and in Kubernetes clusters.",
        "repository": _GO_ROOT,
        "language": {name: {"respectSchemaVersion": True} for name in _LANGUAGES},
        "resources": {
            f"{NAME}:index:{component}": _component(target)
            for target, component in COMPONENTS.items()
        },
        "types": dict(sorted(_types(Settings))),
    }


def schema_text() -> str:
    """Return the schema as the provider serves it."""
    return json.dumps(package_schema())


def input_defaults() -> dict[str, Any]:
    """Return the defaults of inputs that are no groups or lists. SDKs of some languages send them.

    Groups of settings have their defaults in descriptions. SDKs fill in defaults of a group only
    when all of its values are known, which would hide the group from previews.
    """
    return {
        info.alias or name: default
        for name, info in _inputs()
        if isinstance(default := _default(info), str | int | float)
    }


def output_names() -> list[str]:
    """Return the names of the outputs, which are the same for both components."""
    return [row.name for row in output_rows()]


def _inputs() -> Iterator[tuple[str, FieldInfo]]:
    fields = Settings.model_fields.items()
    return ((name, info) for name, info in fields if name != CHOSEN_BY_COMPONENT)


def _component(target: Target) -> dict[str, Any]:
    defaults = input_defaults()
    inputs = {}
    for name, info in _inputs():
        key = info.alias or name
        default = {"default": defaults[key]} if key in defaults else {}
        inputs[key] = _property(info) | default
    outputs = {
        row.name: _OUTPUT_TYPES[row.type]
        | {"description": row.description}
        | ({"secret": True} if row.secret else {})
        for row in output_rows()
    }
    return {
        "isComponent": True,
        "description": _DESCRIPTIONS[target],
        "inputProperties": inputs,
        "requiredInputs": [info.alias or name for name, info in _inputs() if info.is_required()],
        "properties": outputs,
        "required": list(outputs),
    }


def _types(model: type[BaseModel]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the types of a model's settings by token."""
    for name, info in model.model_fields.items():
        if name == CHOSEN_BY_COMPONENT and model is Settings:
            continue
        if (inner := inner_model(info.annotation)) is not None:
            yield _token(inner), _object(inner)
            yield from _types(inner)
        elif (choice := _enum(info.annotation)) is not None:
            yield _token(choice), _choices(choice)


def _token(kind: type) -> str:
    return f"{NAME}:index:{kind.__name__}"


def _object(model: type[BaseModel]) -> dict[str, Any]:
    fields = model.model_fields.items()
    required = [info.alias or name for name, info in fields if info.is_required()]
    return {
        "type": "object",
        "description": _first_paragraph(model),
        "properties": {
            info.alias or name: _property(info, shows_default=True) for name, info in fields
        },
        **({"required": required} if required else {}),
    }


def _choices(choice: type[Enum]) -> dict[str, Any]:
    return {
        "type": "string",
        "description": _first_paragraph(choice),
        "enum": [
            {"name": to_pascal(member.name.lower()), "value": str(member.value)}
            for member in choice
        ],
    }


def _first_paragraph(kind: type) -> str:
    return " ".join(str(kind.__doc__).partition("\n\n")[0].split())


def _property(info: FieldInfo, *, shows_default: bool = False) -> dict[str, Any]:
    """Return an input with its type and description.

    :param shows_default: whether the description ends with the default.
    """
    docs = field_format(info)
    spec = _type(info.annotation)
    text = str(info.description)
    if inner_model(info.annotation) is not info.annotation:
        text += f" Must be {docs.allowed}."
    default = _default(info)
    if default not in (None, "", [], {}) and (shows_default or isinstance(default, list)):
        text += f" Default: `{json.dumps(default)}`."
    return spec | {"description": text} | ({"secret": True} if docs.secret else {})


def _default(info: FieldInfo) -> Any:
    """Return a default as JSON has it. None if there is none, or for a group."""
    if info.is_required() or inner_model(info.annotation) is info.annotation:
        return None
    value = info.get_default(call_default_factory=True)
    if isinstance(value, list):
        return [
            item.model_dump(mode="json", by_alias=True, exclude_unset=True)
            if isinstance(item, BaseModel)
            else item
            for item in value
        ]
    return value.value if isinstance(value, Enum) else value


def _type(annotation: Any) -> dict[str, Any]:
    annotation = _plain(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is list:
        return {"type": "array", "items": _type(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1])}
    if annotation is Any:
        return _ANY
    if issubclass(annotation, BaseModel | Enum):
        return {"$ref": f"#/types/{_token(annotation)}"}
    return {"type": _TYPES[annotation]}


def _enum(annotation: Any) -> type[Enum] | None:
    """Return the choices of a setting, or of the items of a list."""
    annotation = _plain(annotation)
    if get_origin(annotation) is list:
        return _enum(get_args(annotation)[0])
    is_enum = isinstance(annotation, type) and issubclass(annotation, Enum)
    return annotation if is_enum else None


def _plain(annotation: Any) -> Any:
    """Return a type without its format, and without the alternatives of outputs and null."""
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation = arguments[0]
        elif origin in (Union, UnionType):
            annotation = next(part for part in arguments if part is not NoneType)
        else:
            return annotation
