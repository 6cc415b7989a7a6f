"""Access control: what each user may do in which repositories.

zot uses the policies of one pattern for each repository: of the longest pattern that matches its
name. A pattern must therefore list every user whose own paths contain it.

If no user is limited to paths, readers are not listed: every user may read. A new reader then
changes the htpasswd file alone, and the server keeps running. A removed reader loses access with
the password, because no session outlives it (``sessions.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.settings import ADMIN, Role, User

ACTIONS = {
    Role.READER: ("read",),
    Role.WRITER: ("read", "create", "update"),
    Role.ADMIN: ("read", "create", "update", "delete"),
}
"""zot's actions. `update` moves a tag that exists."""


def access_control(users: Sequence[User], *, metrics: Sequence[str] | None) -> dict[str, Any]:
    """Return the section `accessControl`. Nobody has access without credentials.

    :param users: the users from the settings.
    :param metrics: who can read the metrics, in addition to the user `admin`. None if the server
        has none.
    """
    others = [user for user in users if user.name != ADMIN]
    paths = {path for user in others for path in user.repositories} | {""}
    section: dict[str, Any] = {
        "repositories": {
            pattern(path): _policies(path, others, all_read=len(paths) == 1)
            for path in sorted(paths)
        },
        "adminPolicy": {"users": [ADMIN], "actions": list(ACTIONS[Role.ADMIN])},
    }
    if metrics is None:
        return section
    return section | {"metrics": {"users": [ADMIN, *(name for name in metrics if name != ADMIN)]}}


def pattern(path: str) -> str:
    """Return zot's pattern for a path and everything below it; for all repositories if empty."""
    return f"{path}/**" if path else "**"


def _policies(path: str, users: Sequence[User], *, all_read: bool) -> Mapping[str, Any]:
    listed = [role for role in Role if not (all_read and role is Role.READER)]
    by_role = {
        role: [user.name for user in users if user.role is role and _contains(user, path)]
        for role in listed
    }
    return {
        "policies": [
            {"users": names, "actions": list(ACTIONS[role])}
            for role, names in by_role.items()
            if names
        ],
        "anonymousPolicy": [],
        "defaultPolicy": list(ACTIONS[Role.READER]) if all_read else [],
    }


def _contains(user: User, path: str) -> bool:
    """Return whether a user has access to a path and everything below it."""
    return not user.repositories or any(
        f"{path}/".startswith(f"{allowed}/") for allowed in user.repositories
    )
