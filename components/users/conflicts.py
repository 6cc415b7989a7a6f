"""Users: each name once, one source for each password."""

from __future__ import annotations

from collections.abc import Iterator

from common.conflict import Conflict
from common.password_strength import resembles_username
from components.settings import ADMIN, Settings


def user_conflicts(settings: Settings) -> Iterator[Conflict]:
    """All contradictions of the users."""
    seen: dict[str, int] = {}
    for index, user in enumerate(settings.users):
        path = ("users", index)
        if user.name in seen:
            yield Conflict(
                ((*path, "name"),),
                f"{user.name} is listed already as users[{seen[user.name]}]; each name is allowed once: remove one",
            )
        seen.setdefault(user.name, index)
        if user.password is not None and user.bcrypt is not None:
            yield Conflict(
                ((*path, "bcrypt"), (*path, "password")),
                "is set beside a password; allowed is one of password, bcrypt, or neither (a password is generated): remove one",
            )
        if user.bcrypt is not None and user.cost is not None:
            yield Conflict(
                ((*path, "cost"), (*path, "bcrypt")),
                "is set beside a ready bcrypt hash, which has its cost already; remove one of the two",
            )
        if user.rotation and (user.password is not None or user.bcrypt is not None):
            yield Conflict(
                ((*path, "rotation"), (*path, "password"), (*path, "bcrypt")),
                "is set, but rotation is for generated passwords; change the password or hash itself, or remove it so that one is generated",
            )
        if user.name != ADMIN and user.name.lower() == ADMIN:
            yield Conflict(
                ((*path, "name"),),
                f"{user.name} differs from {ADMIN}, who may write, by case alone; choose another name, for example ci-reader",
            )
        if isinstance(user.password, str) and resembles_username(user.password, user.name):
            yield Conflict(
                ((*path, "password"), (*path, "name")),
                "is the user's name; choose a password that can't be guessed, or remove it so that one is generated",
            )
