"""Validation of settings: one sentence for each issue, all at once, and never a secret.

A sentence names the setting, its value, what is allowed, an example, and the command that sets a
secret. What is allowed is documented by the types (``common/types``); conflicts are found by the
packages that know the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from common.conflict import Conflict, Path
from common.errors import UserError
from common.issue_text import (
    SET_COMMAND,
    conflict_sentence,
    error_path,
    error_sentence,
    format_path,
    object_sentence,
)
from common.pruning import valid_part
from common.redaction import named_secrets, register_secrets
from common.settings_model import field_docs, inner_model, secret_values

__all__ = ["SET_COMMAND", "Issue", "SettingsError", "format_path", "validate"]

Model = TypeVar("Model", bound=BaseModel)

MAX_DEPTH = 32
"""Levels of objects and lists in one setting. CNCF Distribution's configuration has under ten."""

MAX_DIGITS = 40
_LARGEST: int = 10**MAX_DIGITS


@dataclass(frozen=True)
class Issue:
    """One invalid setting or one conflict."""

    path: Path
    sentence: str


class SettingsError(UserError):
    """Settings are invalid. The message has one sentence for each issue."""

    def __init__(self, issues: Iterable[Issue], origin: str, stack: str = "") -> None:
        """Describe the issues in the order of the settings' names.

        Issues of one setting stay in their order. Duplicates are dropped.

        :param origin: where the settings come from, for example "stack dev".
        :param stack: the stack whose config holds the settings, for commands. Empty if unknown.
        """
        self.issues = sorted(dict.fromkeys(issues), key=_by_name)
        noun = "setting" if len(self.issues) == 1 else "settings"
        lines = "".join(f"\n  - {issue.sentence}" for issue in self.issues)
        if stack:
            lines = lines.replace(SET_COMMAND, f"{SET_COMMAND} --stack {stack}")
        found = f"Found {len(self.issues)} invalid {noun} in {origin}."
        super().__init__(f"{found} No changes were made.{lines}")


def _by_name(issue: Issue) -> list[tuple[int, str]]:
    return [(part, "") if isinstance(part, int) else (-1, str(part)) for part in issue.path]


def validate(
    model: type[Model],
    raw: Mapping[str, Any],
    origin: str,
    secret: frozenset[str] = frozenset(),
    stack: str = "",
    conflicts: Callable[[Model], Iterable[Conflict]] = lambda _: (),
    placeholders: Mapping[str, Any] = MappingProxyType({}),
) -> Model:
    """Convert what the user wrote into settings.

    :param raw: the settings by camelCase or snake_case name.
    :param origin: where they come from, for the message (for example "stack dev").
    :param secret: settings that the user marked as secret. Messages hide their values. Pulumi
        marks a whole object if one value in it is secret. If an object has secret settings, only
        these are hidden.
    :param stack: see :class:`SettingsError`.
    :param conflicts: finds valid settings that conflict with each other.
    :param placeholders: values for required settings, and for lists of groups, by their path, a
        function that returns an item for an index. With them, conflicts of the other settings are
        found if these are missing or invalid.
    :raises SettingsError: if settings are invalid or conflict.
    """
    # A message may quote a secret from another place: from a log, or from another setting.
    for _, value in secret_values(model, raw):
        # Not all of an object such as server.extra is secret.
        register_secrets(*(named_secrets(value) if isinstance(value, Mapping) else [value]))
    hidden = _hidden_settings(model, secret)
    settings, issues = _read(model, raw, origin, hidden)
    invalid = [issue.path for issue in issues]
    for conflict in conflicts(settings or valid_part(model, raw, invalid, placeholders)):
        if not any(_overlap(path, other) for path in conflict.paths for other in invalid):
            sentence = conflict_sentence(model, conflict, hidden)
            issues.append(Issue(conflict.paths[0], sentence))
    if issues or settings is None:
        raise SettingsError(issues, origin, stack)
    return settings


def _read(
    model: type[Model], raw: Mapping[str, Any], origin: str, hidden: frozenset[str]
) -> tuple[Model | None, list[Issue]]:
    """Return the settings if pydantic accepts them, and the issues.

    :raises SettingsError: if there is no object of settings at all.
    """
    if not isinstance(raw, Mapping):
        raise SettingsError([Issue((), object_sentence(model, raw))], origin)
    excessive = [name for name, value in raw.items() if _is_excessive(value, MAX_DEPTH)]
    issues = [Issue((name,), _excessive_sentence(name)) for name in excessive]
    try:
        accepted = {name: value for name, value in raw.items() if name not in excessive}
        return model.model_validate(accepted), issues
    except ValidationError as error:
        for item in error.errors(include_url=False):
            sentence = error_sentence(model, item, hidden)
            issues.append(Issue(error_path(model, item), sentence))
        return None, issues


def _is_excessive(value: Any, levels: int) -> bool:
    """Whether a value is nested more deeply, or has a number that Python does not print.

    An object that contains itself is nested without end.
    """
    if isinstance(value, int):
        return abs(value) >= _LARGEST
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(levels == 0 or _is_excessive(item, levels - 1) for item in inner)


def _excessive_sentence(name: str) -> str:
    return (
        f"{format_path((name,))}: invalid value. Must have at most {MAX_DEPTH} levels of objects "
        f"and lists, and numbers of at most {MAX_DIGITS} digits."
    )


def _hidden_settings(model: type[BaseModel], secret: frozenset[str]) -> frozenset[str]:
    """Return the settings that are secret only because the user marked them, by both names."""
    names = [
        {name, info.alias or name}
        for name, info in model.model_fields.items()
        if secret and not _has_secrets(model, name)
    ]
    return frozenset().union(*(both for both in names if both & secret))


def _has_secrets(model: type[BaseModel], name: str) -> bool:
    """Whether a setting is a secret or a group with one."""
    inner = inner_model(model.model_fields[name].annotation)
    return field_docs(model, name).secret or (
        inner is not None and any(_has_secrets(inner, other) for other in inner.model_fields)
    )


def _overlap(path: Path, other: Path) -> bool:
    """Whether one path is a part of the other."""
    shared = min(len(path), len(other))
    return path[:shared] == other[:shared]
