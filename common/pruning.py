"""The valid part of invalid settings, so that conflicts are found in the same run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
        _remove(kept, path, placeholders.get(str(path[0])))
    required = {name: value for name, value in placeholders.items() if not callable(value)}
    kept = {**required, **kept}
    try:
        return model.model_validate(kept)
    except ValidationError as error:
        names = {str(item["loc"][0]) for item in error.errors()}
        rest = {name: value for name, value in kept.items() if str(name) not in names}
        return model.model_validate({**required, **rest})


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _remove(settings: Any, path: Path, placeholder: Any) -> None:
    """Remove the setting at a path.

    :param placeholder: returns a valid item for an index, if the path leads into a list of groups.
        The item keeps the indexes of the other items.
    """
    container, (*parents, last) = settings, path
    for part in parents:
        try:
            container = container[part]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(container, list) and isinstance(last, int):
        if callable(placeholder):
            container[last] = placeholder(last)
        else:  # without one item, the indexes of the others would change
            _remove(settings, tuple(parents), None)
    elif isinstance(container, dict) and callable(placeholder) and len(path) == 3:
        container.pop(last, None)
        container.update({key: new for key, new in placeholder(path[1]).items() if key == last})
    elif isinstance(container, dict):
        container.pop(last, None)
