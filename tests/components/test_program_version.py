"""An older program refuses to update what a newer one recorded."""

from __future__ import annotations

import pytest

from common.errors import UserError
from common.version import VERSION
from components.program_version import older_program_warning, recorded_version

NEWER = {"programVersion": "999.1.0"}


@pytest.mark.parametrize("old", [{}, {"programVersion": ""}, recorded_version()])
def test_record_of_older_or_same_program(old: dict[str, str]) -> None:
    assert older_program_warning(old) == ""


@pytest.mark.parametrize("permitted", ["", "0", "yes"])
def test_record_of_newer_program(monkeypatch: pytest.MonkeyPatch, permitted: str) -> None:
    monkeypatch.setenv("ALLOW_OLDER_PROGRAM", permitted)
    with pytest.raises(UserError) as error:
        older_program_warning(NEWER)
    assert str(error.value) == (
        "The last update of this registry was made by version 999.1.0 of this program. This is "
        f"version {VERSION}, which may not know all that version 999.1.0 has recorded. No changes "
        "were made. Check out version 999.1.0 or newer, and run this command again. To go back to "
        f"version {VERSION} nevertheless, set ALLOW_OLDER_PROGRAM=1."
    )


def test_permitted_older_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOW_OLDER_PROGRAM", "1")
    warning = older_program_warning(NEWER)
    assert warning.endswith("ALLOW_OLDER_PROGRAM=1 permits it.")
    assert "version 999.1.0" in warning
