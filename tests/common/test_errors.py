"""Errors that tell the user all there is to tell: Pulumi shows their text as it is."""

from __future__ import annotations

import pulumi
import pytest

from common.errors import UserError
from common.validation import SettingsError
from components.docker.preflight.run import PreflightError
from components.verification.diagnosis import VerificationError


@pytest.mark.parametrize("kind", [SettingsError, PreflightError, VerificationError])
def test_every_error_of_ours_is_shown_without_a_traceback(kind: type[Exception]) -> None:
    assert issubclass(kind, UserError), "the program's exit code tells Pulumi that all was said"
    assert issubclass(kind, pulumi.RunError), "Pulumi prints a RunError as it is"


def test_the_program_knows_that_an_error_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UserError, "raised", False)
    pulumi.RunError("somebody else's")
    assert UserError.raised is False, "an error of another kind is Pulumi's to show"
    assert str(UserError("a sentence")) == "a sentence", "nothing is added"
    assert UserError.raised is True, "the program ends with the exit code that says so"
