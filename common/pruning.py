"""The valid part of invalid settings, so that conflicts are found in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from common.conflict import Path

Model = TypeVar("Model", bound=BaseModel)


def valid_part(
    model: type[Model],
    raw: Mapping[str, Any],
    invalid: Iterable[Path],
    placeholders: Mapping[str, Any],
) -> Model:
    """Return settings without the invalid ones.

    :param invalid: the paths of the invalid settings.
    :param placeholders: see :func:`common.validation.validate`.
    """
    paths = set(invalid)
    kept = {name: _copy(value) for name, value in raw.items() if (name,) not in paths}
    for path in paths:
        _remove(kept, path, _items(path, placeholders))
    required = {name: value for name, value in placeholders.items() if not callable(value)}
    kept = {**required, **kept}
    try:
        return model.model_validate(kept)
    except ValidationError as error:
        names = {str(item["loc"][0]) for item in error.errors()}
        rest = {name: value for name, value in kept.items() if str(name) not in names}
        return model.model_validate({**required, **rest})


@dataclass(frozen=True)
class _Items:
    """A list of groups, and valid items for it. They keep the indexes of the other items."""

    depth: int
    """Number of parts in the path of the list."""
    placeholder: Callable[[int], Mapping[str, Any]]
    """Returns a valid item for an index."""


def _items(path: Path, placeholders: Mapping[str, Any]) -> _Items | None:
    """Return the list of groups with placeholders to which a path leads."""
    for name, placeholder in placeholders.items():
        parts = tuple(name.split("."))
        if callable(placeholder) and path[: len(parts)] == parts:
            return _Items(len(parts), placeholder)
    return None


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _remove(settings: Any, path: Path, items: _Items | None) -> None:
    """Remove the setting at a path, or replace it with that of a valid item.

    :param items: the list of groups into which the path leads.
    """
    container, (*parents, last) = settings, path
    for part in parents:
        try:
            container = container[part]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(container, list) and isinstance(last, int):
        if items and len(parents) == items.depth:
            container[last] = dict(items.placeholder(last))
        else:  # without one item, the indexes of the others would change
            _remove(settings, tuple(parents), None)
    elif isinstance(container, dict) and items and len(parents) == items.depth + 1:
        container.pop(last, None)
        placeholder = items.placeholder(int(parents[-1]))
        container.update({key: new for key, new in placeholder.items() if key == last})
    elif isinstance(container, dict):
        container.pop(last, None)
