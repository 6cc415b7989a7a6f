"""Ctrl-C in a command: one sentence and exit code 130 at any moment, never a traceback.

The Makefile starts Python with the signal blocked. :func:`exit_on_interrupt` unblocks it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

EXIT_CODE = 130
"""What a shell reports for a command that Ctrl-C ended."""

MESSAGE = "Stopped by Ctrl-C. Nothing is lost: run the same command again to continue."


def exit_on_interrupt() -> None:
    """Exit at once on Ctrl-C, and accept the signal from now on. A command can change this."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in `nohup make up &`
        signal.signal(signal.SIGINT, _exit_at_once)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def leave(code: Any) -> NoReturn:
    """Exit with a command's exit code, also if Ctrl-C comes after the command has ended.

    At its end the interpreter resets handlers, and the signal would then end the process. An
    interrupt that was raised in ``exec``, as by an import of data classes, would do so too, even
    though it was handled. An interrupted command therefore exits at once.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code == EXIT_CODE:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(EXIT_CODE)
    raise SystemExit(code)


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Raise :class:`KeyboardInterrupt` on the first Ctrl-C. A second one exits at once."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _raise_once)
    try:
        yield
    except RuntimeError as error:
        # Python 3.11 wraps what is raised while a class is created, as by an import.
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def raised_by_all_signals() -> Iterator[None]:
    """Raise :class:`KeyboardInterrupt` also if another program ends this one, or a terminal closes.

    What a command has begun is then undone. Ctrl-C does so already.
    """
    signals = [number for number in (signal.SIGTERM, signal.SIGHUP) if _is_default(number)]
    for number in signals:
        signal.signal(number, _raise_once)
    try:
        yield
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Ignore signals that end a program until the block ends, which takes a limited time."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_default(number: int) -> bool:
    return signal.getsignal(number) is signal.SIG_DFL


def _raise_once(*_: Any) -> NoReturn:
    signal.signal(signal.SIGINT, _exit_at_once)
    raise KeyboardInterrupt


# The defaults are bound here because the interpreter clears modules at its end.
def _exit_at_once(*_: Any, write: Any = os.write, leave: Any = os._exit) -> None:
    write(2, f"x {MESSAGE}\n".encode())
    leave(EXIT_CODE)
