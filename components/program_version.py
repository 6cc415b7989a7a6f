"""The version of the program in a stack's record: an older program must not update it.

The component's recorded inputs have it, so it is written before any other change of an update.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from common.errors import UserError
from common.version import VERSION, is_newer

PROGRAM_VERSION = "programVersion"
"""Recorded input with the version of the last program. Records of older programs have none."""

ALLOW_OLDER_PROGRAM = "ALLOW_OLDER_PROGRAM"
"""Environment variable that permits an older program, to go back after an upgrade."""


def recorded_version() -> dict[str, str]:
    """Return the recorded input of this program."""
    return {PROGRAM_VERSION: VERSION}


def older_program_warning(old: Mapping[str, Any]) -> str:
    """Return a warning if this program is older than the record; empty if it is not.

    :param old: the recorded inputs.
    :raises UserError: if it is older, and the environment does not permit that.
    """
    recorded = str(old.get(PROGRAM_VERSION) or "")
    if not is_newer(recorded):
        return ""
    problem = (
        f"The last update of this registry was made by version {recorded} of this program. This is "
        f"version {VERSION}, which may not know all that version {recorded} has recorded"
    )
    if os.environ.get(ALLOW_OLDER_PROGRAM) == "1":
        return f"{problem}. {ALLOW_OLDER_PROGRAM}=1 permits it."
    raise UserError(
        f"{problem}. No changes were made. Check out version {recorded} or newer, and run this "
        f"command again. To go back to version {VERSION} nevertheless, set {ALLOW_OLDER_PROGRAM}=1."
    )
