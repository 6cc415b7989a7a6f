"""Wrong settings, told in sentences: which key, what value, what is allowed, an example; all of them at once, never a secret's value.

Left out on purpose: what is allowed, which ``components/model`` says for single settings and ``components/contradictions`` for
settings taken together.
"""

from __future__ import annotations

import difflib
import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import pulumi
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from common.conflict import Conflict
from common.errors import UserError
from common.settings_model import field_docs

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


MAX_DEPTH = 32
"""Levels of groups and lists within one setting; CNCF Distribution's configuration, which `server.extra` is a part of, has less than ten."""

MAX_DIGITS = 40
LARGEST: int = 10**MAX_DIGITS

SET_COMMAND = "pulumi config set"
"""What commands that set a setting begin with."""

USER_NAMES = ("name", "username", "imageUsername")
"""Settings in which a password may stand behind a colon."""


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong with the settings."""

    path: Path
    sentence: str


class SettingsError(UserError):
    """The settings are wrong; a sentence per fault."""

    def __init__(self, faults: Iterable[Issue], origin: str, stack: str = "") -> None:
        """Say what is wrong with the settings that come from ``origin`` (for example "stack dev").

        :param stack: the stack in whose config they are to be set, for the commands that do so; empty where it is not known.
        """
        self.faults = sorted(
            set(faults),
            key=lambda fault: [
                (part, "") if isinstance(part, int) else (-1, part) for part in fault.path
            ],
        )
        count = "1 setting is" if len(self.faults) == 1 else f"{len(self.faults)} settings are"
        lines = "".join(f"\n  - {fault.sentence}" for fault in self.faults)
        if stack:
            lines = lines.replace(SET_COMMAND, f"{SET_COMMAND} --stack {stack}")
        super().__init__(f"{count} wrong in {origin}; nothing was touched.{lines}")


def validate(
    model: type[Model],
    raw: Mapping[str, Any],
    origin: str,
    secret: frozenset[str] = frozenset(),
    stack: str = "",
    conflicts: Callable[[Model], Iterable[Conflict]] = lambda _: (),
    placeholders: Mapping[str, Any] = MappingProxyType({}),
) -> Model:
    """Turn what the user wrote into settings.

    :param raw: the settings by camelCase or snake_case name.
    :param origin: where they come from, for the message (for example "stack dev").
    :param secret: settings that the user marked as secret. Messages hide their values. Pulumi marks a whole object if one value in it is secret:
        of an object that has secret settings, only these are hidden.
    :param stack: see :class:`SettingsError`.
    :param conflicts: finds valid settings that conflict with each other.
    :param placeholders: values for required settings, to find conflicts although these settings are missing.
    :raises SettingsError: with one sentence for each invalid setting and each conflict.
    """
    settings, issues = _read(model, raw, origin, secret)
    wrong = [issue.path for issue in issues]
    marked = _marked(model, secret)
    for conflict in conflicts(settings or _without_issues(model, raw, wrong, placeholders)):
        if not any(_overlap(path, bad) for path in conflict.paths for bad in wrong):
            issues.append(Issue(conflict.paths[0], _format_conflict(model, conflict, marked)))
    if issues or settings is None:
        raise SettingsError(issues, origin, stack)
    return settings


def _read(
    model: type[Model], raw: Mapping[str, Any], origin: str, secret: frozenset[str]
) -> tuple[Model | None, list[Issue]]:
    """The settings, or what is wrong with each of them."""
    if not isinstance(raw, Mapping):
        names = ", ".join(info.alias or name for name, info in model.model_fields.items())
        raise SettingsError(
            [
                Issue(
                    (),
                    f"{_kind(raw, secret=False)} is not allowed; allowed is a group of settings: {names}",
                )
            ],
            origin,
        )
    beyond = [name for name, value in raw.items() if _is_beyond(value, MAX_DEPTH)]
    limits = f"allowed are groups within groups to a depth of {MAX_DEPTH}, and numbers of {MAX_DIGITS} digits"
    faults = [
        Issue((name,), f"{format_path((name,))}: that value is not allowed; {limits}")
        for name in beyond
    ]
    try:
        settings = model.model_validate(
            {name: value for name, value in raw.items() if name not in beyond}
        )
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        marked = _marked(model, secret)
        return None, faults + [
            _to_issue(model, item["loc"], item["type"], item["input"], marked) for item in found
        ]
    return settings, faults


def _marked(model: type[BaseModel], secret: frozenset[str]) -> frozenset[str]:
    """Settings that are secret for no other reason than that the user marked them, by both of their names."""
    names = [
        {name, info.alias or name}
        for name, info in model.model_fields.items()
        if not _has_secrets(model, name)
    ]
    return frozenset().union(*(both for both in names if both & secret))


def _has_secrets(model: type[BaseModel], name: str) -> bool:
    """Whether a setting is a secret, or a group of which one may be."""
    inner = _models(model.model_fields[name].annotation)
    return bool(field_docs(model, name).get("secret")) or any(
        _has_secrets(group, other) for group in inner for other in group.model_fields
    )


def _format_conflict(model: type[BaseModel], conflict: Conflict, marked: frozenset[str]) -> str:
    """Word a contradiction; its reason may show the values of all settings concerned, so it is left out where one of them is a secret."""
    place, *others = conflict.paths
    if hidden := next((path[0] for path in conflict.paths if path[0] in marked), None):
        _, field, group = _locate(model, place)
        allowed = f"; {_allowed(field, group, place)}" if field else ""
        fits = (
            f"does not go with {', '.join(format_path(other) for other in others)}"
            if others
            else "can't be used"
        )
        return f"{format_path(place)} {fits} (why is not shown, for {hidden} is a secret){allowed}"
    colon = (
        "" if conflict.reason.startswith("is ") else ":"
    )  # "x is set, but ...", "x: a volume is set, but ..."
    return f"{format_path(place)}{colon} {conflict.reason}"


def _is_beyond(value: Any, levels: int) -> bool:
    """Whether a value has more levels of groups and lists, or a number that Python does not write; one that holds itself has no end of levels."""
    if isinstance(value, int):
        return abs(value) >= LARGEST
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or _is_beyond(item, levels - 1) for item in inner)


def format_path(path: Path) -> str:
    """A setting's place as the user writes it: ``users[0].password``."""
    text = ""
    for part in path:
        name = part if isinstance(part, str) and re.fullmatch(r"[\w-]+", part) else json.dumps(part)
        text += f"[{part}]" if isinstance(part, int) else f".{name}" if text else name
    return text


def _overlap(path: Path, other: Path) -> bool:
    """Whether one place lies within the other."""
    shared = min(len(path), len(other))
    return path[:shared] == other[:shared]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The groups that a type may hold: itself, an item's, or one of a union's."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (list, Union, UnionType):
        for argument in get_args(annotation):
            yield from _models(argument)


def _locate(
    group: type[BaseModel], location: Path
) -> tuple[Path, FieldInfo | None, type[BaseModel]]:
    """Where a validation error lies: the path without what pydantic adds for unions, the setting, and the group around it."""
    field: FieldInfo | None = None
    path: list[str | int] = []
    for part in location:
        if isinstance(part, int):
            path.append(part)
            continue
        found = next(
            (info for name, info in group.model_fields.items() if part in (name, info.alias)), None
        )
        if field is not None and not list(_models(field.annotation)):
            break  # a branch of a union of plain types
        if found is None:
            return (*path, part), None, group
        field = found
        path.append(part)
        group = next(_models(field.annotation), group)
    return tuple(path), field, group


def _to_issue(
    model: type[BaseModel], location: Path, kind: str, value: Any, marked: frozenset[str]
) -> Issue:
    """Word one validation error."""
    path, field, group = _locate(model, location)
    if kind == "string_unicode" and (
        field is None or list(_models(field.annotation))
    ):  # a key of the group with a lone surrogate
        path, field = (*path, value), None
    names = [info.alias or name for name, info in group.model_fields.items()]
    if field is None or kind == "extra_forbidden":
        near = difflib.get_close_matches(str(path[-1]), names, n=1, cutoff=0.6)
        meant = f'did you mean "{near[0]}"? ' if near else "remove it: "
        return Issue(
            path,
            f"{format_path(path)}: there is no such setting; {meant}{_known(path[:-1], names)}",
        )
    if (
        kind == "string_type"
        and get_origin(field.annotation) is dict
        and isinstance(location[-1], str)
    ):
        inner = (*path, location[-1])
        return Issue(
            inner,
            f"{format_path(inner)}: {_kind(value, secret=False)} is not allowed; allowed is a text",
        )
    extra: dict[str, Any] = (
        field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    )
    allowed = _allowed(field, group, path)
    if kind == "missing":
        return Issue(path, f"{format_path(path)} is not set; {allowed}")
    hidden = extra["secret"] or path[0] in marked
    # Of lists and groups only the kind is told: there may be a secret in what was put in their place. An output has no value yet.
    structured = isinstance(value, list | dict | pulumi.Output) or bool(
        list(_models(field.annotation))
    )
    if isinstance(value, str) and path[-1] in USER_NAMES:
        value = re.sub(":.+", ":…", value, flags=re.DOTALL)
    given = _kind(value, secret=hidden) if hidden or structured else _shown(value)
    return Issue(path, f"{format_path(path)}: {given} is not allowed; {allowed}")


def _allowed(field: FieldInfo, group: type[BaseModel], path: Path) -> str:
    """What a setting may be, or an item of it, with an example; of a group also the names of its settings."""
    allowed = (
        str(field.json_schema_extra["allowed"]) if isinstance(field.json_schema_extra, dict) else ""
    )
    if field.examples and path and isinstance(path[-1], int):
        return f"allowed are {allowed.removeprefix('a list of ')}, for example {_shown(field.examples[0][0])}"
    if field.examples:
        return f"allowed is {allowed}, for example {_shown(_for_path(field.examples[0], path))}"
    examples = {info.alias or name: info.examples for name, info in group.model_fields.items()}
    first = next({name: values[0]} for name, values in examples.items() if values)
    return f"allowed is {allowed}: {', '.join(examples)}; for example {_shown(first)}"


def _for_path(example: Any, path: Path) -> Any:
    """An example; a command that sets a setting by its path sets the one at this path."""
    command, option, _ = example.partition(" --path ") if isinstance(example, str) else ("", "", "")
    return (
        f"{command}{option}{shlex.quote(format_path(path))}"
        if option and command.startswith(SET_COMMAND)
        else example
    )


def _known(parent: Path, names: list[str]) -> str:
    where = f"under {format_path(parent)} " if parent else ""
    return f"the settings {where}are {', '.join(names)}"


def _shown(value: Any) -> str:
    """A value as the user would write it, in quotes where its ends could not be seen, cut where it is long."""
    if isinstance(value, str):
        text = _without_credentials(value)
        text = (
            text
            if text and text == text.strip() and text.isprintable()
            else json.dumps(text, ensure_ascii=not text.isprintable())
        )
    else:
        text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _without_credentials(text: str) -> str:
    """A text without what may be a credential in it: what stands before the @ of a URL or an image, and the values of a query."""
    text = re.sub(r"(https?://).*@(?!sha256:)", r"\1…@", text, flags=re.DOTALL | re.IGNORECASE)
    text = re.sub(r"^((?:\w+://)?[^:]*:)(?!//).*@(?!sha256:)", r"\1…@", text, flags=re.DOTALL)
    return re.sub(r"(://[^?#]*)[?#].+|[?#].*=.*", r"\1?…", text, flags=re.DOTALL)


def _kind(value: Any, *, secret: bool) -> str:
    """What sort of value was given where the value itself must not or can't well be shown."""
    if secret and isinstance(value, str | int | float):
        return "the value given (not shown, it is a secret)"
    if isinstance(value, pulumi.Output):
        return "an output, which is known only while the update runs,"
    names = {
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a group of settings",
    }
    return next(
        (name for kind, name in names.items() if isinstance(value, kind)),
        "an empty value" if value is None else "that value",
    )


def _without_issues(
    model: type[Model],
    raw: Mapping[str, Any],
    paths: Iterable[Path],
    placeholders: Mapping[str, Any],
) -> Model:
    """The same settings with the faulty ones left out, so that contradictions among the others are told in the same run."""
    left_out = set(paths)
    kept = {name: _copied(value) for name, value in raw.items() if (name,) not in left_out}
    for path in left_out:
        _drop(kept, path)
    kept = {**placeholders, **kept}
    try:
        return model.model_validate(kept)
    except ValidationError as error:
        wrong = {str(item["loc"][0]) for item in error.errors()}
        return model.model_validate(
            {**placeholders}
            | {name: value for name, value in kept.items() if str(name) not in wrong}
        )


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _drop(whole: Any, path: Path) -> None:
    """Remove what stands at a path; in a list of groups a placeholder keeps the places of the others."""
    container, (*parents, last) = whole, path
    for part in parents:
        try:
            container = container[part]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(container, list) and isinstance(last, int) and path[0] == "users":
        container[last] = {"name": f"left-out-{last}"}
    elif isinstance(container, list):
        _drop(
            whole, tuple(parents)
        )  # the whole list, for without one item the others had other places
    elif isinstance(container, dict) and path[0] == "users" and last == "name":
        container["name"] = f"left-out-{path[1]}"
    elif isinstance(container, dict):
        container.pop(last, None)
