"""Errors whose text is for the user.

UserError                   shown without a traceback
└── (subclasses, each in the package that raises it)
"""

from __future__ import annotations

from typing import ClassVar

import pulumi

from common.redaction import redact


class UserError(pulumi.RunError):
    """An error that is explained to the user. Pulumi prints it without a traceback.

    Its text has no secrets: it may quote a server, Docker or Palette.
    """

    raised: ClassVar[bool] = False
    """Whether this process has created one. The program's exit code depends on it."""

    def __init__(self, text: str) -> None:
        super().__init__(redact(text))
        UserError.raised = True


def root_cause(error: BaseException) -> str:
    """Describe the innermost cause of an error in one line, without the libraries' wrappers."""
    while isinstance(
        inner := getattr(error, "reason", None) or error.__cause__ or error.__context__, Exception
    ):
        error = inner
    return " ".join(str(error).split()) or type(error).__name__
