"""Renders the htpasswd file.

The salts are derived from a seed in the state. A hash changes only if its password changes, so
previews show no other differences.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import pulumi

from common.errors import UserError
from common.redaction import register_secrets
from common.settings_model import field_docs
from common.types.credentials import bcrypt_hash, password
from components.settings import ADMIN, User
from components.users.passwords import generated_passwords, random_string

_SHOWN_USERS = 5
"""A warning names at most so many users."""
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BCRYPT_BASE64 = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_DIGEST_LENGTH = 31
"""Characters of a bcrypt hash after its salt."""


@dataclass(frozen=True)
class Credentials:
    """The credentials of all users."""

    passwords: pulumi.Output[dict[str, str]]
    """Password by user name; secret. Users with a bcrypt hash in the settings are not included."""
    htpasswd: pulumi.Output[str]
    """The htpasswd file; secret."""


def declare_users(
    name: str,
    users: Sequence[User],
    *,
    rotation: str,
    cost: int,
    opts: pulumi.ResourceOptions,
    ready: pulumi.Output[list[pulumi.Resource]],
) -> Credentials:
    """Declare the passwords of a registry's users and render the htpasswd file.

    :param name: the name of the component, which prefixes the names of its children.
    :param users: the users from the settings. `admin` is added if it is missing.
    :param rotation: changes all generated passwords when it changes.
    :param cost: the bcrypt cost of the hashes. One cost for all users gives nothing away: the
        server takes as long for a wrong password of one as of another.
    :param opts: options of the component's children.
    :param ready: known when the preflight checks passed.
    :raises UserError: during the update, if a password or hash that is an output is invalid.
    """
    # Python runs one thread at a time. The providers of the host's resources start after the
    # checks, so libpass is loaded while they start.
    libpass: pulumi.Output[ModuleType] = ready.apply(_load_in_thread)
    users = _with_admin(users)
    chosen = {
        user.name: _checked(user.name, "password", user.password, password)
        for user in users
        if user.password is not None
    }
    hashes = {
        user.name: _checked(user.name, "bcrypt", user.bcrypt, partial(bcrypt_hash, user=user.name))
        for user in users
        if user.bcrypt is not None
    }
    without_either = [user for user in users if user.name not in {*chosen, *hashes}]
    generated = generated_passwords(name, without_either, rotation, opts)
    names = [user.name for user in users]

    def in_order(resolved: list[dict[str, str]]) -> dict[str, str]:
        known = {**resolved[0], **resolved[1]}
        register_secrets(known)
        return {user: known[user] for user in names if user in known}

    async def render(resolved: list[Any]) -> str:
        return await asyncio.to_thread(render_htpasswd, names, cost, *resolved[:3])

    passwords = pulumi.Output.all(_all(chosen), generated).apply(in_order)
    has_other_users = len(hashes) < len(users)
    given_hashes = _all(hashes).apply(
        partial(_warn_if_costs_differ, cost if has_other_users else None)
    )
    seed = random_string(f"{name}-salt", opts)
    htpasswd: pulumi.Output[str] = pulumi.Output.all(passwords, given_hashes, seed, libpass).apply(
        render
    )
    return Credentials(pulumi.Output.secret(passwords), pulumi.Output.secret(htpasswd))


def _with_admin(users: Sequence[User]) -> list[User]:
    """Return the users in the order of the file: `admin` first, the others as listed."""
    listed = {user.name: user for user in users}
    return [listed.pop(ADMIN, User(name=ADMIN)), *listed.values()]


def _warn_if_costs_differ(cost: int | None, hashes: dict[str, str]) -> dict[str, str]:
    """Warn about hashes from the settings with another cost than the other users'.

    :param cost: the cost of the other users' hashes; None if all hashes are from the settings.
    """
    costs = {user: int(digest.split("$")[2]) for user, digest in hashes.items()}
    expected = cost if cost is not None else min(costs.values(), default=None)
    different = [f"{user} ({found})" for user, found in costs.items() if found != expected]
    if different:
        rest = len(different) - _SHOWN_USERS
        listed = ", ".join(different[:_SHOWN_USERS]) + (f" and {rest} more" if rest > 0 else "")
        pulumi.log.warn(
            f"users: these bcrypt hashes have another cost than {expected}, the cost of the other "
            f"users: {listed}. Response times tell which users exist. Generate the hashes again "
            f"with `htpasswd -nB -C {expected} USER`."
        )
    return hashes


def _all(values: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(**values) if values else pulumi.Output.from_input({})


def _checked(
    user: str, field: str, value: pulumi.Input[str], check: Callable[[str], str]
) -> pulumi.Output[str]:
    """Return a secret value, checked by the rule of its setting.

    A value that is an output is known only during the update, so the settings could not check it.
    """

    def checked(resolved: str) -> str:
        try:
            return check(resolved)
        except ValueError:
            allowed = field_docs(User, field).allowed
            raise _invalid(user, field, f"Must be {allowed}.") from None

    return pulumi.Output.secret(value).apply(checked)


def _invalid(user: str, field: str, fix: str) -> UserError:
    return UserError(f"users: invalid {field} for {user} (sensitive value hidden). {fix}")


async def _load_in_thread(_: object) -> ModuleType:
    return await asyncio.to_thread(_load_libpass)


def _load_libpass() -> ModuleType:
    """Import libpass and let it test its bcrypt backend, which takes about 60 ms."""
    import passlib.apache
    from passlib.exc import PasslibHashWarning
    from passlib.hash import bcrypt

    # Servers accept salts with unused bits set, so these need no warning.
    warnings.filterwarnings("ignore", category=PasslibHashWarning)
    bcrypt.set_backend("bcrypt")
    return passlib.apache


def render_htpasswd(
    users: Sequence[str],
    cost: int,
    passwords: Mapping[str, str],
    hashes: Mapping[str, str],
    seed: str,
) -> str:
    """Render an htpasswd file.

    :param users: user names, in the order of the lines.
    :param cost: the bcrypt cost of hashes of passwords.
    :param passwords: password by user name.
    :param hashes: bcrypt hash by user name, for users without a password.
    :param seed: the secret from which all salts are derived.
    :raises UserError: if no password can match a hash.
    """
    from passlib.apache import HtpasswdFile

    def hash_of(user: str) -> str:
        if user in hashes:
            return _usable_hash(user, hashes[user])
        return _hash(user, passwords[user], cost, seed)

    file = HtpasswdFile()
    with ThreadPoolExecutor() as threads:  # bcrypt releases the interpreter lock
        for user, digest in zip(users, threads.map(hash_of, users), strict=True):
            file.set_hash(user, digest)
    return file.to_string().decode()


def _usable_hash(user: str, digest: str) -> str:
    """Return a hash from the settings if libpass can read it and finds no impossible digest.

    :raises UserError: if it does not.
    """
    from passlib.hash import bcrypt

    try:
        is_usable = bcrypt.from_string(digest).checksum == digest[-_DIGEST_LENGTH:]
    except ValueError:
        is_usable = False
    if not is_usable:
        fix = f"No password matches it. Generate a new hash with `htpasswd -nB {user}`."
        raise _invalid(user, "bcrypt", fix)
    return digest


def _hash(user: str, password: str, cost: int, seed: str) -> str:
    """Hash a password with a salt that is unique to user and password, and stable between runs.

    The prefix is $2y$, as `htpasswd -B` writes it.
    """
    from passlib.hash import bcrypt

    digest = hmac.digest(seed.encode(), f"{user}\0{password}".encode(), hashlib.sha256)
    salt = (
        base64.b64encode(digest[:16])
        .rstrip(b"=")
        .translate(bytes.maketrans(_BASE64, _BCRYPT_BASE64))
        .decode()
    )
    hashed: str = bcrypt.using(ident="2y", rounds=cost, salt=salt).hash(password)
    return hashed
