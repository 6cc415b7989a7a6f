"""Conflicts between users, and between the settings of one user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from common.conflict import Conflict, Path
from common.types.password_strength import resembles_username
from components.settings import ADMIN, User


def user_conflicts(users: Sequence[User]) -> Iterator[Conflict]:
    """Yield all conflicts."""
    first: dict[str, int] = {}
    for index, user in enumerate(users):
        path = ("users", index)
        if user.name in first:
            yield Conflict(
                ((*path, "name"),),
                f"{user.name} is already listed as users[{first[user.name]}]. Remove one of the "
                "two.",
            )
        first.setdefault(user.name, index)
        if user.name != ADMIN and user.name.lower() == ADMIN:
            yield Conflict(
                ((*path, "name"),),
                f"{user.name} differs from {ADMIN}, the user with write access, only by case. "
                'Use another name (for example, "ci-reader").',
            )
        yield from _password(path, user)


def _password(path: Path, user: User) -> Iterator[Conflict]:
    """A user has a generated password, a password, or a hash."""
    name, password, bcrypt = (*path, "name"), (*path, "password"), (*path, "bcrypt")
    if user.password is not None and user.bcrypt is not None:
        yield Conflict((bcrypt, password), "is set together with password. Remove one of the two.")
    if user.rotation and (user.password is not None or user.bcrypt is not None):
        source = "password" if user.password is not None else "bcrypt"
        yield Conflict(
            ((*path, "rotation"), password, bcrypt),
            f"has no effect when {source} is set. Change {source} to rotate the password, or "
            f"remove {source} to generate one.",
        )
    if isinstance(user.password, str) and resembles_username(user.password, user.name):
        yield Conflict(
            (password, name),
            "is the user's name. Use a password that is hard to guess, or remove it to generate "
            "one.",
        )
