"""Errors of backups."""

from __future__ import annotations

from common.errors import UserError


class BackupError(UserError):
    """A backup can't be made, read or restored. The message ends with the fix."""


class DamagedBackupError(BackupError):
    """A file of a backup is missing, cut off or changed."""

    def __init__(self, backup: str, problem: str) -> None:
        super().__init__(
            f"The backup {backup} is damaged: {problem}. Use another backup. BACKUP selects an "
            "older one in the same place."
        )
