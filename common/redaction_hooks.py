"""Scrubs what Python itself writes: tracebacks, logged messages and warnings."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from types import TracebackType
from typing import Any

from common.redaction import redact


def install() -> None:
    """Scrub tracebacks, logged messages and warnings of this process from now on."""
    sys.excepthook = _print_exception
    threading.excepthook = _print_thread_exception
    warnings.formatwarning = _format_warning
    if logging.getLogRecordFactory() is not _record:
        logging.setLogRecordFactory(_record)


def format_exception(error: BaseException) -> str:
    """Return an exception's traceback without secrets."""
    return redact("".join(traceback.format_exception(error)))


def _print_exception(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    sys.stderr.write(format_exception(error))


def _print_thread_exception(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        name = args.thread.name if args.thread else "thread"
        sys.stderr.write(f"Exception in {name}:\n{format_exception(args.exc_value)}")


def _format_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: Any = None
) -> str:
    return redact(_formatwarning(message, category, filename, lineno, line))


def _record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """Create a log record whose message and traceback are scrubbed."""
    record = _create_record(*args, **kwargs)
    try:
        text = record.getMessage()
    except Exception:  # the logging library reports a message that does not fit its arguments
        return record
    record.msg, record.args = redact(text), None
    if record.exc_info and record.exc_info[1]:
        record.exc_text = format_exception(record.exc_info[1]).rstrip("\n")
    return record


_formatwarning = warnings.formatwarning
_create_record = logging.getLogRecordFactory()
