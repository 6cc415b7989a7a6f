"""Behavior of a Pulumi program's process: its exit codes and its debug log."""

from __future__ import annotations

import atexit
import os
import signal
from typing import Any

import pulumi

from common.errors import UserError

ERROR_SHOWN = 32
"""Exit code that tells Pulumi's Python host that the error is already on the screen.

For any other code, the host adds its own line below the error.
"""


def exit_quietly_after_user_errors() -> None:
    """Exit without a traceback if the error was already reported.

    Pulumi also interrupts the program if a resource fails. Python would then print the traceback
    of a KeyboardInterrupt below the error.
    """
    atexit.register(lambda: os._exit(ERROR_SHOWN) if UserError.raised else None)
    signal.signal(signal.SIGINT, lambda *_: os._exit(ERROR_SHOWN))


_VALUES = "props="
"""Text before the values in the SDK's debug messages."""


def redact_debug_log() -> None:
    """Remove values from the SDK's debug messages, because they may be secret."""
    log = pulumi.log.debug

    def without_values(msg: str, *args: Any, **kwargs: Any) -> None:
        before, found, _ = msg.partition(_VALUES)
        log(f"{before}{_VALUES}(not shown)" if found else msg, *args, **kwargs)

    pulumi.log.debug = without_values
