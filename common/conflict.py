"""Conflicts: settings that are valid alone, but not together."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Keys and list indexes from the settings' root to a setting."""


@dataclass(frozen=True)
class Conflict:
    """One conflict."""

    paths: tuple[Path, ...]
    """The settings in conflict. The first is the one that the message names."""
    reason: str
    """The rest of a sentence that starts with the setting's name (``common/issue_text.py``)."""


def ignored_setting(path: Path, switch: Path, value: str, needed: str) -> Conflict:
    """Describe a setting that another setting makes ineffective.

    :param switch: the setting that decides.
    :param value: the value of the switch.
    :param needed: the values of the switch with which the setting has an effect, in words.
    """
    name = ".".join(map(str, switch))
    return Conflict(
        (path, switch),
        f"has no effect when {name} is {value}. Remove it, or set {name} to {needed}.",
    )
