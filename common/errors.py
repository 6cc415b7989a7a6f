"""The base of errors that tell the user all there is to tell."""

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
