"""Operations on a registry that exclude each other."""

from __future__ import annotations

from enum import StrEnum


class Operation(StrEnum):
    """What holds the lock, as a message names it."""

    BACKUP = "backup"
    RESTORE = "restore"
    DRILL = "drill"
    GARBAGE_COLLECTION = "garbage collection"
    RECOVERY = "recovery"
    """Removes what an interrupted operation left."""

    UNKNOWN = "operation"

    @property
    def allows_updates(self) -> bool:
        """Whether an update may run at the same time. The others start and stop the server."""
        return self in (Operation.BACKUP, Operation.DRILL)
