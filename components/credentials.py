"""The users, their passwords and the htpasswd file.

A generated password is kept in state, and so is the seed of the salts: a hash stays the same from one preview to the next and changes
with its password alone. Left out on purpose: how the file reaches the server (``components/config_volume.py``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import bcrypt
import pulumi
import pulumi_random as random

from components import syntax
from components.errors import ToldError
from components.model import ADMIN, Settings, User, field_texts

PASSWORD_LENGTH = 32
"""Characters of a generated password: letters and digits, about 190 bits."""

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
    # A password resource and not random bytes: of those, the state shows the value in plain as the resource's id.
    seed = random.RandomPassword(f"{name}-salt", length=PASSWORD_LENGTH, special=False, opts=child)
    users = all_users(settings)
    passwords: dict[str, pulumi.Output[str]] = {}
    for user in users:
        if user.password is not None:
            passwords[user.name] = pulumi.Output.secret(user.password).apply(_checker(user.name, "password", syntax.password))
        elif user.bcrypt is None:
            keepers = {"all": settings.rotation, "user": user.rotation}
            generated = random.RandomPassword(f"{name}-{user.name}-password", length=PASSWORD_LENGTH, special=False, keepers=keepers, opts=child)
            passwords[user.name] = generated.result
    hashes = {
        user.name: pulumi.Output.secret(user.bcrypt).apply(_checker(user.name, "bcrypt", syntax.bcrypt_hash))
        for user in users
        if user.bcrypt is not None
    }
    costs = {user.name: user.cost or (CHOSEN_COST if user.password is not None else GENERATED_COST) for user in users}
    known = pulumi.Output.all(**passwords) if passwords else pulumi.Output.from_input({})
    given = pulumi.Output.all(**hashes) if hashes else pulumi.Output.from_input({})
    htpasswd = pulumi.Output.all(seed.result, known, given).apply(
        lambda parts: render_htpasswd([user.name for user in users], parts[1], parts[2], costs, parts[0])
    )
    return Credentials(passwords=pulumi.Output.secret(known), htpasswd=pulumi.Output.secret(htpasswd))


def _checker(user: str, field: str, check: Callable[[str], str]) -> Callable[[str], str]:
    """The check of a value that may only be known while the update runs, as settings are checked before it."""

    def checked(value: str) -> str:
        try:
            return check(value)
        except ValueError:
            allowed = field_texts(User, field)["allowed"]
            raise ToldError(f"users: the {field} given for {user} (not shown, it is a secret) is not allowed; allowed is {allowed}") from None

    return checked


def render_htpasswd(names: list[str], passwords: Mapping[str, str], hashes: Mapping[str, str], costs: Mapping[str, int], seed: str) -> str:
    """The lines of an htpasswd file, `name:hash`, in the order of the names.

    :param passwords: password by user name.
    :param hashes: ready bcrypt hash by user name, for users without a password here.
    :param costs: bcrypt cost by user name.
    :param seed: the secret from which every salt is derived.
    """
    lines = (f"{user}:{hashes.get(user) or _hash(user, passwords[user], costs[user], seed)}\n" for user in names)
    return "".join(lines)


def _hash(user: str, password: str, cost: int, seed: str) -> str:
    """A bcrypt hash with a salt that differs between users and passwords and is the same at every run.

    The prefix is $2y$, as `htpasswd -B` writes it.
    """
    digest = hmac.digest(seed.encode(), f"{user}\0{password}".encode(), hashlib.sha256)
    salt = base64.b64encode(digest[:16]).rstrip(b"=").translate(bytes.maketrans(_BASE64, _BCRYPT_BASE64))
    return bcrypt.hashpw(password.encode(), b"$2y$%02d$%s" % (cost, salt)).decode()
