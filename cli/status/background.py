"""Threads that the end of the program does not wait for: a host may never answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def in_background(work: Callable[[], Result]) -> Future[Result]:
    """Start work in a thread, and return its future result."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # the one who waits for the result gets it
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future
