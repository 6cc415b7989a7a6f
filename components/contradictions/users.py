"""Users: each name once, one source for each password."""

from __future__ import annotations

from collections.abc import Iterator

from components.contradictions.base import Contradiction
from components.guessable import is_name
from components.model import ADMIN, Settings


def user_contradictions(settings: Settings) -> Iterator[Contradiction]:
    """All contradictions of the users."""
    seen: dict[str, int] = {}
    for index, user in enumerate(settings.users):
        path = ("users", index)
        if user.name in seen:
            yield Contradiction(
                ((*path, "name"),), f"{user.name} is listed already as users[{seen[user.name]}]; each name is allowed once: remove one"
            )
        seen.setdefault(user.name, index)
        if user.password is not None and user.bcrypt is not None:
            yield Contradiction(
                ((*path, "bcrypt"), (*path, "password")),
                "is set beside a password; allowed is one of password, bcrypt, or neither (a password is generated): remove one",
            )
        if user.bcrypt is not None and user.cost is not None:
            yield Contradiction(
                ((*path, "cost"), (*path, "bcrypt")), "is set beside a ready bcrypt hash, which has its cost already; remove one of the two"
            )
        if user.rotation and (user.password is not None or user.bcrypt is not None):
            yield Contradiction(
                ((*path, "rotation"), (*path, "password"), (*path, "bcrypt")),
                "is set, but rotation is for generated passwords; change the password or hash itself, or remove it so that one is generated",
            )
        if user.name != ADMIN and user.name.lower() == ADMIN:
            yield Contradiction(
                ((*path, "name"),), f"{user.name} differs from {ADMIN}, who may write, by case alone; choose another name, for example ci-reader"
            )
        if isinstance(user.password, str) and is_name(user.password, user.name):
            yield Contradiction(
                ((*path, "password"), (*path, "name")),
                "is the user's name; choose a password that can't be guessed, or remove it so that one is generated",
            )
