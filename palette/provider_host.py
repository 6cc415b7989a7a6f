"""Adjusts the process in which Pulumi runs dynamic providers.

That process reports every error with its traceback. For a user error the message is enough.
"""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

from common import redaction_hooks
from common.errors import UserError


def hide_user_error_tracebacks(host: ModuleType | None = None) -> None:
    """Report user errors without a traceback, and tracebacks without secrets.

    :param host: the module :mod:`pulumi.dynamic.__main__`, which formats tracebacks with
        ``traceback.format_exc()``. By default, the main module of this process.
    """
    host = host or sys.modules["__main__"]
    redaction_hooks.install()
    if hasattr(host, "_abort_with_traceback"):
        vars(host)["traceback"] = SimpleNamespace(format_exc=_format_error)


def _format_error() -> str:
    error = sys.exc_info()[1]
    if error is None or isinstance(error, UserError):
        return str(error)
    return redaction_hooks.format_exception(error)
