"""Tables of cases that one test checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest


def check_each(cases: Iterable[str], check: Callable[[str], None]) -> None:
    """Check all cases, also after a failure.

    A test for each case of a large table takes longer than its check.

    :raises BaseExceptionGroup: with the error of each case that fails, and the case's name.
    """
    errors: list[BaseException] = []
    for case in cases:
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:
            error.add_note(f"Case: {case}")
            errors.append(error)
    if errors:
        raise BaseExceptionGroup(f"{len(errors)} cases fail", errors)
