"""Errors whose text is for the user.

UserError                   shown without a traceback
└── (subclasses, each in the package that raises it)
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from common.redaction import redact
from common.wording import reword

if TYPE_CHECKING:
    from pulumi.errors import RunError
else:

    def _run_error() -> type[Exception]:
        """Return the class that Pulumi prints without a traceback.

        It is imported without the rest of Pulumi's SDK. The SDK takes 0.2 s, and most commands
        don't need it. An import of the SDK finds this module, and has the same class.
        """
        if "pulumi.errors" not in sys.modules:
            (package,) = importlib.util.find_spec("pulumi").submodule_search_locations
            file = Path(package) / "errors.py"
            spec = importlib.util.spec_from_file_location("pulumi.errors", file)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            sys.modules["pulumi.errors"] = module
        return sys.modules["pulumi.errors"].RunError

    RunError = _run_error()


class UserError(RunError):
    """An error that is explained to the user. Pulumi prints it without a traceback.

    Its text has no secrets: it may quote a server, Docker or Palette.
    """

    raised: ClassVar[bool] = False
    """Whether this process has created one. The program's exit code depends on it."""

    def __init__(self, text: str) -> None:
        super().__init__(redact(reword(text)))
        UserError.raised = True


def root_cause(error: BaseException) -> str:
    """Describe the innermost cause of an error in one line, without the libraries' wrappers.

    It has no full stop at its end, because messages continue after it.
    """
    while isinstance(
        inner := getattr(error, "reason", None) or error.__cause__ or error.__context__, Exception
    ):
        error = inner
    return " ".join(str(error).split()).removesuffix(".") or type(error).__name__
