"""Errors whose text is for the user.

UserError                   shown without a traceback
└── (subclasses, each in the package that raises it)
"""

from __future__ import annotations

from typing import ClassVar

import pulumi


class UserError(pulumi.RunError):
    """An error whose text is sentences for the user; Pulumi shows it as it is, with no traceback."""

    raised: ClassVar[bool] = False
    """Whether there was one in this process; the program's exit code depends on it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        UserError.raised = True


def root_cause(error: BaseException) -> str:
    """Describe what went wrong, in one line, without the exceptions that libraries wrap around it."""
    while isinstance(
        inner := getattr(error, "reason", None) or error.__cause__ or error.__context__, Exception
    ):
        error = inner
    return " ".join(str(error).split()) or type(error).__name__
