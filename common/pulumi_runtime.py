"""Behavior of a Pulumi program's process: its exit codes and its log."""

from __future__ import annotations

import atexit
import functools
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
from pulumi.runtime.proto import engine_pb2

from common import redaction_hooks
from common.errors import UserError
from common.redaction import redact
from common.wording import reword

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


def redact_output() -> None:
    """Scrub everything that this process shows: Pulumi's log, tracebacks and Python's own messages.

    The SDK's debug messages also lose all values of resources. The program does not wait until the
    CLI has received them: there are several for each resource, and few people read them.
    """
    redaction_hooks.install()
    log = pulumi.log._log  # all public functions and all messages of the SDK use it
    if hasattr(log, "__wrapped__"):
        return
    # Python waits for this thread when it exits, so no message is lost.
    sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pulumi-log")

    def send(engine: Any, severity: Any, message: Any, *args: Any) -> Any:
        before, found, _ = str(message).partition(_VALUES)
        text = f"{before}{_VALUES}(not shown)" if found else redact(reword(before))
        return log(engine, severity, text, *args)  # type: ignore[no-untyped-call]

    @functools.wraps(log)
    def scrubbed(engine: Any, severity: Any, message: Any, resource: Any, *args: Any) -> None:
        if resource is not None:  # only the program's own thread can wait for a resource's URN
            send(engine, severity, message, resource, *args)
            return
        sent = sender.submit(send, engine, severity, message, resource, *args)
        if severity != engine_pb2.DEBUG:
            sent.result()

    pulumi.log._log = scrubbed
