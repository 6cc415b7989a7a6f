"""The sentences about invalid settings."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

import pulumi
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from common.conflict import Conflict, Path
from common.redaction import redact, redact_value
from common.settings_model import inner_model
from common.suggestions import did_you_mean
from common.types.base import Format, field_format, format_of

SET_COMMAND = "pulumi config set"
"""Beginning of the commands that set a setting."""

_MAX_SHOWN = 80
"""Characters of a value that a message shows."""

_PREDICATES = ("is ", "has ", "needs ", "was ")
"""Beginnings of a conflict's reason that continue the setting's name: "x is not set"."""

_TYPES: tuple[tuple[type, str], ...] = (
    (str, "string"),
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (list, "list"),
    (dict, "object"),
)
_TYPE_ERRORS = ("model_type", "model_attributes_type")
"""Errors of values in place of a group. The value may be a secret."""

_PLACEHOLDER = re.compile(r"<[A-Za-z][\w. -]{0,40}>|\.\.\.$")
"""A part of an example that the documentation leaves to users, such as `<digest>`."""

_KEY = "[key]"
"""What pydantic appends to the location of an error in a map's key."""


@dataclass(frozen=True)
class _Place:
    """The setting that an error is about."""

    path: Path
    field: FieldInfo | None
    """The setting. None if there is no such setting."""
    group: type[BaseModel]
    """The group of settings that contains it."""
    is_item: bool = False
    """Whether the error is in an item of a list or map."""


def format_path(path: Path) -> str:
    """Return a path as ``pulumi config set --path`` accepts it: ``users[0].password``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        name = redact_value(str(part))
        shown = name if re.fullmatch(r"[\w-]+", name) else json.dumps(name)
        text += f".{shown}" if text else shown
    return text


def object_sentence(model: type[BaseModel], value: Any) -> str:
    """Describe a value that is given in place of all settings."""
    return f"Invalid type {_type_name(value)}. Must be {format_of(model).allowed}."


def error_path(model: type[BaseModel], error: Any) -> Path:
    """Return the path of the setting that a validation error is about.

    :param error: an item of ``pydantic.ValidationError.errors()``.
    """
    return _locate(model, error).path


def error_sentence(model: type[BaseModel], error: Any, hidden: frozenset[str]) -> str:
    """Describe a validation error.

    :param hidden: top-level settings whose values are not shown.
    """
    place = _locate(model, error)
    if place.field is None:
        return _unknown_setting(place)
    docs = _docs(place.field, error, is_item=place.is_item)
    must_be = _must_be(docs, place.path)
    if error["type"] == "missing":
        return f"{format_path(place.path)} is required. {must_be}"
    is_secret = docs.secret or field_format(place.field).secret or place.path[0] in hidden
    container = None if place.is_item else get_origin(place.field.annotation)
    problem = _problem(error, docs, container, is_secret=is_secret)
    advice = _placeholder_advice(error["input"], docs, problem)
    return f"{format_path(place.path)}: {problem}. {must_be}{advice}"


def conflict_sentence(model: type[BaseModel], conflict: Conflict, hidden: frozenset[str]) -> str:
    """Describe a conflict. Its reason is hidden if it can show the value of a hidden setting."""
    path, *others = conflict.paths
    name = format_path(path)
    secret = next((other[0] for other in conflict.paths if other[0] in hidden), None)
    if secret is None:
        colon = "" if conflict.reason.startswith(_PREDICATES) else ":"
        return f"{name}{colon} {redact(conflict.reason)}"
    problem = f"conflicts with {', '.join(map(format_path, others))}" if others else "is invalid"
    place = _walk(model, path)
    summary = f"{name} {problem} (details hidden, because {secret} is sensitive)."
    if place.field is None:
        return summary
    return f"{summary} {_must_be(_docs(place.field, {}, is_item=place.is_item), path)}"


def _locate(model: type[BaseModel], error: Mapping[str, Any]) -> _Place:
    location: Path = error["loc"]
    place = _walk(model, location[:-1] if location[-1:] == (_KEY,) else location)
    if error["type"] == "string_unicode" and (
        place.field is None or inner_model(place.field.annotation)
    ):  # a name with a lone surrogate
        return _Place((*place.path, error["input"]), None, place.group)
    return _Place(place.path, None, place.group) if error["type"] == "extra_forbidden" else place


def _walk(model: type[BaseModel], path: Path) -> _Place:
    """Find the setting at a path, by both of its names."""
    group, field, is_item = model, None, False
    for depth, part in enumerate(path):
        inner = inner_model(field.annotation) if field else model
        if inner is None:
            return _Place(path, field, group, is_item=True)
        if isinstance(part, int) and field and get_origin(field.annotation) is list:
            is_item = True
            continue
        fields = inner.model_fields.items()
        found = next((info for name, info in fields if part in (name, info.alias)), None)
        group, field, is_item = inner, found, False
        if found is None:
            return _Place(path[: depth + 1], None, group)
    return _Place(path, field, inner_model(field.annotation) or group if field else group, is_item)


def _docs(field: FieldInfo, error: Mapping[str, Any], *, is_item: bool) -> Format:
    """Return the documentation of a setting, or of an item of it."""
    if not is_item:
        return field_format(field)
    own = error.get("ctx", {}).get("format")
    return own or format_of(get_args(field.annotation)[-1])


def _unknown_setting(place: _Place) -> str:
    """Suggest the most similar name. If none is similar, list all names."""
    *parents, last = place.path
    names = [info.alias or name for name, info in place.group.model_fields.items()]
    unknown = f"Unknown setting {format_path(place.path)}."
    if suggestion := did_you_mean(str(last), names):
        return f"{unknown} {suggestion}"
    level = f" under {format_path(tuple(parents))}" if parents else ""
    return f"{unknown} Remove it. The settings{level} are: {', '.join(names)}."


def _must_be(docs: Format, path: Path) -> str:
    """Return the sentences that say what is allowed, with an example or a command."""
    if docs.example is None and docs.secret:
        option = f"--path {shlex.quote(format_path(path))}" if len(path) > 1 else path[0]
        return f'Must be {docs.allowed}. Set it with "{SET_COMMAND} --secret {option}".'
    example = "" if docs.example in (None, True) else f" (for example, {_show(docs.example)})"
    return f"Must be {docs.allowed}{example}."


def _placeholder_advice(value: Any, docs: Format, problem: str) -> str:
    """Return the advice for a value that was copied with a placeholder; empty if it has none.

    :param problem: the description of the value. If it hides the value, so does the advice.
    """
    if not isinstance(value, str) or _show(value) not in problem:
        return ""
    found = _PLACEHOLDER.search(redact_value(value))
    source = f" {docs.source}" if docs.source else ""
    return f" Replace `{found[0]}`.{source}" if found else ""


def _problem(error: Mapping[str, Any], docs: Format, container: Any, *, is_secret: bool) -> str:
    """Describe a value, without the value if it is or may contain a secret.

    Lists and objects are never shown.

    :param container: the setting's generic type, for example list or dict.
    """
    value = error["input"]
    if isinstance(value, pulumi.Output):
        return "invalid value (a Pulumi output, known only during the update)"
    expected = container if container in (list, dict) else None
    if expected and isinstance(value, expected):
        return "invalid value"
    if isinstance(value, list | dict) or expected or error["type"] in _TYPE_ERRORS:
        return f"invalid type {_type_name(value)}"
    if is_secret and value is not None:
        return "invalid value (sensitive value hidden)"
    if docs.hide_after and isinstance(value, str):
        start, separator, rest = value.partition(docs.hide_after)
        value = f"{start}{separator}…" if rest else value
    if isinstance(docs.example, int | float) and re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
        return f"invalid value {_shorten(str(value))}"  # Pulumi passes numbers as strings
    return f"invalid value {_show(value)}"


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    return next((name for kind, name in _TYPES if isinstance(value, kind)), type(value).__name__)


def _show(value: Any) -> str:
    """Return a value as JSON on one line, without credentials, shortened if it is long."""
    if isinstance(value, str):
        text = _shorten(redact_value(value))
        # JSON escapes ASCII control characters anyway.
        is_printable = re.sub(r"[\x00-\x1f]", "", text).isprintable()
        return json.dumps(text, ensure_ascii=not is_printable)
    return _shorten(redact(json.dumps(value, default=str)))


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."
