"""How messages name settings and commands.

They are written for stacks of this project: camelCase settings and `make` commands. A process that
serves other programs replaces them in every message.
"""

from __future__ import annotations

from collections.abc import Callable

Wording = Callable[[str], str]

_current: list[Wording] = []


def use_wording(wording: Wording) -> None:
    """Reword all messages of this process from now on."""
    _current[:] = [wording]


def reword(text: str) -> str:
    """Return a message in the wording of this process."""
    return _current[0](text) if _current else text
