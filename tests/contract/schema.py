"""Settings and arguments as lines, one per name: type, bounds, default, required, secret."""

from __future__ import annotations

import collections.abc
import json
from collections.abc import Iterator, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import pulumi
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from common.settings_model import field_docs
from common.types.base import Range

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", Any: "any value"}
_WRAPPERS = (Annotated, NotRequired)
_INPUT = {"Output": pulumi.Output, "T": Any}
"""What ``pulumi.Input`` refers to by name."""


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The keys of a settings model, as stack config names them."""
    for name, info in model.model_fields.items():
        key = f"{prefix}{info.alias or name}"
        inner, is_list = _inner(info.annotation)
        # Only programs can give an output.
        facts = [type_name(info.annotation).removesuffix(" or output"), *_bounds(info)]
        if info.is_required():
            facts.append("required")
        elif not inner or is_list:
            facts.append(f"default {_default(info)}")
        if field_docs(model, name).secret:
            facts.append("secret")
        yield f"{key}: {', '.join(facts)}"
        if inner is not None:
            yield from settings(inner, f"{key}{'[]' if is_list else ''}.")


def arguments(owner: Any, prefix: str = "") -> Iterator[str]:
    """The names of a component's arguments, as Python programs write them."""
    for name, annotation in get_type_hints(owner, localns=_INPUT, include_extras=True).items():
        inner, is_list = _inner(annotation)
        required = ", required" if name in owner.__required_keys__ else ""
        yield f"{prefix}{name}: {type_name(annotation)}{required}"
        if inner is not None:
            yield from arguments(inner, f"{prefix}{name}{'[]' if is_list else ''}.")


def type_name(annotation: Any) -> str:
    """A type in the words of the documentation."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in _WRAPPERS or origin is pulumi.Output:
        return type_name(parts[0])
    if origin in (Union, UnionType):
        plain = [part for part in parts if part is not NoneType and not _is_promise(part)]
        names = " or ".join(dict.fromkeys(type_name(part) for part in plain))
        return f"{names} or output" if any(_is_promise(part) for part in parts) else names
    if origin is list:
        return f"list of {type_name(parts[0])}"
    if origin is dict:
        return f"map of {type_name(parts[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " | ".join(json.dumps(member.value) for member in annotation)
    return _SCALARS.get(annotation, "object")


def _is_promise(annotation: Any) -> bool:
    """Whether a part of a union is a value that only the update knows."""
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return get_origin(inner) in (pulumi.Output, collections.abc.Awaitable)


def _inner(annotation: Any) -> tuple[Any, bool]:
    """The model of an object or of a list's objects, if there is one, and whether it is a list."""
    if get_origin(annotation) in _WRAPPERS:
        return _inner(get_args(annotation)[0])
    if get_origin(annotation) is list:
        return _inner(get_args(annotation)[0])[0], True
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return (annotation, False) if is_model or is_typeddict(annotation) else (None, False)


def _bounds(info: FieldInfo) -> Iterator[str]:
    bounds = find_range(info.annotation, info.metadata)
    if bounds:
        yield f"at least {bounds.low}"
        yield f"at most {bounds.high}"


def find_range(annotation: Any, metadata: Sequence[Any] = ()) -> Range | None:
    """The bounds of a number, also of an optional one."""
    if get_origin(annotation) is Annotated:
        return find_range(get_args(annotation)[0], get_args(annotation)[1:])
    if get_origin(annotation) in (Union, UnionType):
        return next(filter(None, map(find_range, get_args(annotation))), None)
    return next((item for item in metadata if isinstance(item, Range)), None)


def _default(info: FieldInfo) -> str:
    value = info.get_default(call_default_factory=True)
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return value.value if isinstance(value, Enum) else value
