"""The event loop of the unit tests."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable
from typing import Any


class _Handle(asyncio.Handle):
    """A handle without the checks of the debug mode. A program makes 2,000 of them."""

    def __init__(self, callback: Callable[..., Any], args: Any, loop: Loop, context: Any) -> None:
        self._context = context or contextvars.copy_context()
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None


class Loop(asyncio.SelectorEventLoop):
    """An event loop that knows its tasks and calls functions without threads.

    ``asyncio.all_tasks`` would inspect the tasks of all tests. Threads take a fifth of the time of
    a program, and the engine is not remote.
    """

    get_debug = staticmethod(bool)  # False, without a call of Python code by each future

    def __init__(self) -> None:
        super().__init__()
        self._tasks: list[asyncio.Task[Any]] = []

    def create_task(self, *arguments: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = super().create_task(*arguments, **options)
        self._tasks.append(task)
        return task

    _ready: deque[asyncio.Handle]

    def call_soon(  # type: ignore[override]  # without types of the arguments
        self, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> asyncio.Handle:
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def run_in_executor(  # type: ignore[override]  # without types of the arguments
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    @property
    def is_used(self) -> bool:
        """Whether the loop has had a task."""
        return bool(self._tasks)

    def close(self) -> None:
        """Cancel tasks that an error left behind, and close."""
        left = [task for task in self._tasks if not task.done()]
        for task in left:
            task.cancel()
        if left:
            self.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._tasks.clear()
        super().close()
