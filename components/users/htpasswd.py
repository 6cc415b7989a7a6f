"""The users and the htpasswd file.

The seed of the salts is kept in state: a hash stays the same from one preview to the next and changes with its password alone.
Left out on purpose: how passwords are generated (``components/passwords.py``) and how the file reaches the server
(``components/config_volume.py``).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import bcrypt
import pulumi

from common.errors import UserError
from common.settings_model import field_docs
from common.types.credentials import bcrypt_hash, password
from components.settings import ADMIN, Settings, User
from components.users.passwords import generated_passwords, random_text

GENERATED_COST = 5
"""bcrypt cost of generated passwords: `htpasswd -B`'s. They can't be guessed at any cost, and the server pays it on every request."""

CHOSEN_COST = 10
"""bcrypt cost of passwords that a person chose: 2^5 times as dear to guess."""

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BCRYPT_BASE64 = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Credentials:
    """Who may use the registry."""

    passwords: pulumi.Output[dict[str, str]]
    """Password by user name; secret. Users who were given as a bcrypt hash are not in it."""
    htpasswd: pulumi.Output[str]
    """The htpasswd file; secret."""


def all_users(settings: Settings) -> list[User]:
    """The users of a registry: `admin` first, whether it was listed or not, the others as listed."""
    listed = {user.name: user for user in settings.users}
    return [listed.pop(ADMIN, User(name=ADMIN)), *listed.values()]


def credentials(name: str, settings: Settings, child: pulumi.ResourceOptions) -> Credentials:
    """Declare the passwords of a registry's users.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    """
    users = all_users(settings)
    chosen = {
        user.name: pulumi.Output.secret(user.password).apply(
            _checker(user.name, "password", password)
        )
        for user in users
        if user.password is not None
    }
    hashes = {
        user.name: pulumi.Output.secret(user.bcrypt).apply(
            _checker(user.name, "bcrypt", partial(bcrypt_hash, user=user.name))
        )
        for user in users
        if user.bcrypt is not None
    }
    generated = generated_passwords(
        name,
        [user for user in users if user.name not in {*chosen, *hashes}],
        settings.rotation,
        child,
    )
    names = [user.name for user in users]
    costs = {
        user.name: user.cost or (CHOSEN_COST if user.name in chosen else GENERATED_COST)
        for user in users
    }

    def in_order(known: list[dict[str, str]]) -> dict[str, str]:
        known_passwords = {**known[0], **known[1]}
        return {user: known_passwords[user] for user in names if user in known_passwords}

    passwords = pulumi.Output.all(_together(chosen), generated).apply(in_order)

    async def lines(known: list[Any]) -> str:
        return await asyncio.to_thread(render_htpasswd, names, known[0], known[1], costs, known[2])

    htpasswd: pulumi.Output[str] = pulumi.Output.all(
        passwords, _together(hashes), random_text(f"{name}-salt", child)
    ).apply(lines)
    return Credentials(
        passwords=pulumi.Output.secret(passwords), htpasswd=pulumi.Output.secret(htpasswd)
    )


def _together(values: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(**values) if values else pulumi.Output.from_input({})


def _checker(user: str, field: str, check: Callable[[str], str]) -> Callable[[str], str]:
    """The check of a value that may only be known while the update runs, as settings are checked before it."""

    def checked(value: str) -> str:
        try:
            return check(value)
        except ValueError:
            allowed = field_docs(User, field).allowed
            raise UserError(
                f"users: invalid {field} of user {user} (sensitive value hidden). "
                f"Must be {allowed}."
            ) from None

    return checked


def render_htpasswd(
    names: list[str],
    passwords: Mapping[str, str],
    hashes: Mapping[str, str],
    costs: Mapping[str, int],
    seed: str,
) -> str:
    """The lines of an htpasswd file, `name:hash`, in the order of the names.

    :param passwords: password by user name.
    :param hashes: ready bcrypt hash by user name, for users without a password here.
    :param costs: bcrypt cost by user name.
    :param seed: the secret from which every salt is derived.
    """

    def line(user: str) -> str:
        return f"{user}:{hashes.get(user) or _hash(user, passwords[user], costs[user], seed)}\n"

    with (
        ThreadPoolExecutor() as threads
    ):  # bcrypt is all that takes time, and it leaves the interpreter to others
        return "".join(threads.map(line, names))


def _hash(user: str, password: str, cost: int, seed: str) -> str:
    """A bcrypt hash with a salt that differs between users and passwords and is the same at every run.

    The prefix is $2y$, as `htpasswd -B` writes it.
    """
    digest = hmac.digest(seed.encode(), f"{user}\0{password}".encode(), hashlib.sha256)
    salt = (
        base64.b64encode(digest[:16])
        .rstrip(b"=")
        .translate(bytes.maketrans(_BASE64, _BCRYPT_BASE64))
    )
    return bcrypt.hashpw(password.encode(), b"$2y$%02d$%s" % (cost, salt)).decode()
