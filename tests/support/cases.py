"""Tables of cases that one test checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

from common.redaction import forget_secrets

Case = TypeVar("Case")


def check_each(cases: Iterable[Case], check: Callable[[Case], None]) -> None:
    """Check all cases, also after a failure. As in a test, no secret is known at first.

    A test for each case of a large table takes longer than its check.

    :raises BaseExceptionGroup: with the error of each case that fails, and the case's name.
    """
    errors: list[BaseException] = []
    for case in cases:
        forget_secrets()
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:
            error.add_note(f"Case: {case!r}")
            errors.append(error)
    if errors:
        raise BaseExceptionGroup(f"{len(errors)} cases fail", errors)
