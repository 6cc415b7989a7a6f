"""How a Pulumi program ends when an update fails: with the reason as the last thing on the screen."""

from __future__ import annotations

import atexit
import os
import signal

from components.errors import ToldError

SHOWN = 32
"""Exit code by which Pulumi's Python host knows that the error was shown; any other one adds a line of its own below the reason."""


def end_with_the_reason() -> None:
    """Go without a word more where the reason was told, and where Pulumi interrupts the program because a resource failed."""
    atexit.register(lambda: os._exit(SHOWN) if ToldError.raised else None)
    # Python would end with the traceback of a KeyboardInterrupt.
    signal.signal(signal.SIGINT, lambda *_: os._exit(SHOWN))
