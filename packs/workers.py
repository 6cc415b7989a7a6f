"""Threads that talk to a registry."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

WORKERS = 8
"""Versions that are compared or pushed at the same time. Each has a connection."""


@contextlib.contextmanager
def workers(
    count: int = WORKERS, *, stop: Callable[[], None] = lambda: None
) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool of threads, and wait for them.

    After an error or Ctrl-C, nothing is waited for, and nothing more is started.

    :param stop: called then.
    """
    pool = ThreadPoolExecutor(max_workers=count)
    try:
        yield pool
    except BaseException:
        stop()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
