"""Generated passwords.

The admin has a random password. The passwords of all other users are derived from random seeds,
one seed for each ``rotation``. A thousand users then add no more resources to a preview than one,
and users can't compute each other's passwords. The state keeps all of them: a password changes
only if its ``rotation`` changes.
"""

from __future__ import annotations

import hashlib
import hmac
import string
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_random

from components.settings import ADMIN, User

PASSWORD_LENGTH = 32
"""Length of a generated password: letters and digits, about 190 bits."""

_ALPHABET = string.ascii_letters + string.digits


def generated_passwords(
    name: str, users: Sequence[User], rotation: str, opts: pulumi.ResourceOptions
) -> pulumi.Output[dict[str, str]]:
    """Declare the passwords of users. Returns the password by user name.

    :param name: the name of the component, which prefixes the names of its children.
    :param users: the users without a password or hash in the settings.
    :param rotation: changes all passwords when it changes, in addition to each user's `rotation`.
    :param opts: options of the component's children.
    """
    if not users:
        return pulumi.Output.from_input({})
    admins = {
        user.name: random_string(
            f"{name}-admin-password", opts, {"all": rotation, "user": user.rotation}
        )
        for user in users
        if user.name == ADMIN
    }
    readers = [user for user in users if user.name != ADMIN]
    rotations = list(dict.fromkeys(user.rotation for user in readers))
    seeds = [
        random_string(_seed_name(name, user_rotation), opts, {"all": rotation})
        for user_rotation in rotations
    ]

    def passwords(values: list[str]) -> dict[str, str]:
        admin_passwords = dict(zip(admins, values, strict=False))
        seed_by_rotation = dict(zip(rotations, values[len(admins) :], strict=True))
        return admin_passwords | {
            user.name: derived_password(seed_by_rotation[user.rotation], user.name)
            for user in readers
        }

    return pulumi.Output.all(*admins.values(), *seeds).apply(passwords)


def random_string(
    name: str, opts: pulumi.ResourceOptions, keepers: Mapping[str, pulumi.Input[str]] | None = None
) -> pulumi.Output[str]:
    """Declare a secret random string of letters and digits, which Pulumi keeps in state.

    This is a `RandomPassword`, not `RandomBytes`: the state shows random bytes in plain text, as
    the ID of the resource.

    :param keepers: values that replace the string when they change.
    """
    return pulumi_random.RandomPassword(
        name, length=PASSWORD_LENGTH, special=False, keepers=keepers, opts=opts
    ).result


def derived_password(seed: str, user: str) -> str:
    """Derive a user's password from a secret seed with HMAC (as in NIST SP 800-108)."""
    number = int.from_bytes(hmac.digest(seed.encode(), user.encode(), hashlib.sha512))
    # 512 bits for 32 of 62 characters (191 bits): the bias between two characters is below 2^-320.
    characters = []
    for _ in range(PASSWORD_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[index])
    return "".join(characters)


def _seed_name(name: str, rotation: str) -> str:
    """Return a resource name for a rotation, which may be any string."""
    return f"{name}-readers-seed" + (
        f"-{hashlib.sha256(rotation.encode()).hexdigest()[:8]}" if rotation else ""
    )
