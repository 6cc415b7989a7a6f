"""What is told of settings that clash."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Conflict:
    """Settings that clash: the places concerned, the one to change first, and the rest of the sentence that starts with its key."""

    paths: tuple[tuple[str | int, ...], ...]
    reason: str


def ignored_setting(
    path: tuple[str | int, ...], switch: tuple[str | int, ...], value: str, wanted: str
) -> Conflict:
    """A group of settings that another value of a switch would use."""
    name = ".".join(str(part) for part in switch)
    return Conflict(
        (path, switch),
        f"is set, but {name} is {value} and would ignore it; it belongs to {name} {wanted}: set that, or remove it",
    )
