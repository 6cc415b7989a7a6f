"""Inputs of a component as a program of any language sends them, converted to settings.

Any input can be an output of another resource, a secret, or unknown during a preview, at any depth.
Integers arrive as floats. SDKs send the defaults that the schema has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pulumi
from pulumi.output import UNKNOWN, Unknown
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from common.conflict import Path
from common.issue_text import format_path
from common.settings_model import inner_model
from common.types.base import field_format
from components.settings import Settings
from package.schema import input_defaults


@dataclass
class Inputs:
    """The settings that a program passes to a component."""

    values: dict[str, Any] = field(default_factory=dict)
    """Settings by camelCase name. What the program left at its default is missing."""
    secret: frozenset[str] = frozenset()
    """Settings that are or contain a secret of the program."""
    resources: set[pulumi.Resource] = field(default_factory=set)
    """Resources whose outputs the settings use."""
    replaced: list[str] = field(default_factory=list)
    """Settings that are unknown and have another value instead. Empty in an update."""


async def read_inputs(inputs: Mapping[str, Any]) -> Inputs:
    """Wait for the inputs and convert them.

    A setting that can be an output stays one while it is unknown. Any other unknown setting gets
    the example of its documentation, or its default, so that a preview can show the resources.
    """
    read = Inputs()
    known: dict[str, Any] = {}
    secret = set()
    for key, value in inputs.items():
        found = _Found(read.resources)
        known[key] = await found.resolve(value)
        if found.has_secret:
            secret.add(key)
    read.secret = frozenset(secret)
    completed = _completed(Settings, known, (), read.replaced)
    defaults = input_defaults()
    read.values = {
        key: value
        for key, value in completed.items()
        if key not in defaults or value != defaults[key]
    }
    return read


class _Found:
    """What the outputs in one input are made of."""

    def __init__(self, resources: set[pulumi.Resource]) -> None:
        self.has_secret = False
        self._resources = resources

    async def resolve(self, value: Any) -> Any:
        """Return a value without outputs. Unknown parts are :class:`Unknown`."""
        if isinstance(value, pulumi.Output):
            self._resources |= await value.resources()
            self.has_secret |= await value.is_secret()
            known: Awaitable[Any] = value.future(with_unknowns=True)
            is_known = await value.is_known()
            inner = await known
            return await self.resolve(UNKNOWN if inner is None and not is_known else inner)
        if isinstance(value, Mapping):
            return {key: await self.resolve(item) for key, item in value.items()}
        if isinstance(value, list):
            return [await self.resolve(item) for item in value]
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value


def _completed(
    model: type[BaseModel], values: Mapping[str, Any], path: Path, replaced: list[str]
) -> dict[str, Any]:
    """Return settings of a model without nulls and without unknown values."""
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    result = {}
    for key, value in values.items():
        info = fields.get(key)
        if value is not None:
            new = value if info is None else _known(info, value, (*path, key), replaced)
            if new is not None:
                result[key] = new
    return result


def _known(info: FieldInfo, value: Any, path: Path, replaced: list[str]) -> Any:
    """Return the value of a setting without unknown parts. None if it gets its default."""
    inner = inner_model(info.annotation)
    if inner and isinstance(value, Mapping):
        return _completed(inner, value, path, replaced)
    if inner and isinstance(value, list) and not _is_unknown(value):
        return [
            _completed(inner, item, (*path, index), replaced) if isinstance(item, Mapping) else item
            for index, item in enumerate(value)
        ]
    if not _has_unknown(value):
        return value
    if _can_be_output(info.annotation):
        return _unknown_outputs(value)
    replaced.append(format_path(path))
    example = field_format(info).example
    return example if info.is_required() or inner is None else None


def _is_unknown(values: list[Any]) -> bool:
    return any(isinstance(item, Unknown) for item in values)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(_has_unknown, value))
    return isinstance(value, Unknown)


def _unknown_outputs(value: Any) -> Any:
    """Return a value with an output for every unknown part."""
    if isinstance(value, list):
        return [_unknown_outputs(item) for item in value]
    return pulumi.Output.from_input(UNKNOWN) if isinstance(value, Unknown) else value


def _can_be_output(annotation: Any) -> bool:
    """Whether a setting, or each item of a list, accepts outputs."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Annotated, list):
        return _can_be_output(arguments[0])
    if origin in (Union, UnionType):
        return any(map(_can_be_output, arguments))
    return origin is pulumi.Output or annotation is pulumi.Output
