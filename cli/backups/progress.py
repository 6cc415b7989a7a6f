"""Progress of backups: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from cli.console import console, info, size_text

_SECONDS = 30.0
"""Time between two lines without a terminal."""


class Bar:
    """Shows the current stage (``backup.progress.Progress``)."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None
        self._text, self._done = "", 0
        self._size: int | None = None
        self._shown = time.monotonic()

    def stage(self, text: str, size: int | None = None) -> None:
        """Begin a stage."""
        info(text)
        self._text, self._done, self._shown = text, 0, time.monotonic()
        self._size = size
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(text, total=size)

    def advance(self, size: int) -> None:
        """Count processed bytes."""
        self._done += size
        if self._task is not None:
            self._bar.advance(self._task, size)
        if not console.is_terminal and time.monotonic() - self._shown > _SECONDS:
            self._shown = time.monotonic()
            of_all = f" of {size_text(self._size)}" if self._size else ""
            info(f"{self._text}: {size_text(self._done)}{of_all}")


@contextlib.contextmanager
def shown_progress() -> Iterator[Bar]:
    """Show progress until the block ends."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        yield Bar(bar)
