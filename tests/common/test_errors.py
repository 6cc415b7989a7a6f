"""Errors for users: Pulumi prints their text without a traceback."""

from __future__ import annotations

import pulumi
import pytest

from common.errors import UserError
from common.validation import SettingsError
from components.docker.preflight.run import PreflightError
from components.verification.diagnosis import VerificationError


@pytest.mark.parametrize("kind", [SettingsError, PreflightError, VerificationError])
def test_error_without_traceback(kind: type[Exception]) -> None:
    assert issubclass(kind, UserError), "the exit code depends on it"
    assert issubclass(kind, pulumi.RunError), "Pulumi prints a RunError without a traceback"


def test_raised_error_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UserError, "raised", False)
    pulumi.RunError("of another kind")
    assert UserError.raised is False, "Pulumi shows it"
    assert str(UserError("a sentence")) == "a sentence", "unchanged"
    assert UserError.raised is True, "the exit code depends on it"
