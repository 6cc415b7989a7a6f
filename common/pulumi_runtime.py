"""How a Pulumi program ends when an update fails: with the reason as the last thing on the screen."""

from __future__ import annotations

import atexit
import os
import signal
from typing import Any

import pulumi

from common.errors import UserError

SHOWN = 32
"""Exit code by which Pulumi's Python host knows that the error was shown; any other one adds a line of its own below the reason."""


def exit_quietly_after_user_errors() -> None:
    """Go without a word more where the reason was told, and where Pulumi interrupts the program because a resource failed."""
    atexit.register(lambda: os._exit(SHOWN) if UserError.raised else None)
    # Python would end with the traceback of a KeyboardInterrupt.
    signal.signal(signal.SIGINT, lambda *_: os._exit(SHOWN))


_VALUES = "props="
"""What the SDK's messages have before values."""


def redact_debug_log() -> None:
    """From now on, cut what the SDK logs for debugging where values begin."""
    log = pulumi.log.debug

    def without_values(msg: str, *args: Any, **kwargs: Any) -> None:
        before, found, _ = msg.partition(_VALUES)
        log(f"{before}{_VALUES}(not shown)" if found else msg, *args, **kwargs)

    pulumi.log.debug = without_values
