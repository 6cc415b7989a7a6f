"""Progress of a backup, a restore or a drill."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Shows how far a command is."""

    def stage(self, text: str, size: int | None = None) -> None:
        """Begin a stage.

        :param size: the bytes that it processes; None if unknown.
        """

    def advance(self, size: int) -> None:
        """Count processed bytes."""
