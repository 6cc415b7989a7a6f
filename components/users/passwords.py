"""Generated passwords.

The admin's password is a random one of its own. Those of all other users are derived from random seeds, one for each `rotation`: a
thousand users then cost a preview what one does, and nobody can tell another user's password from his own. All of them are kept in state,
so a password stays until its `rotation` changes.
"""

from __future__ import annotations

import hashlib
import hmac
import string
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_random as random

from components.settings import ADMIN, User

PASSWORD_LENGTH = 32
"""Characters of a generated password: letters and digits, about 190 bits."""

_ALPHABET = string.ascii_letters + string.digits


def generated_passwords(
    name: str, users: Sequence[User], rotation: str, child: pulumi.ResourceOptions
) -> pulumi.Output[dict[str, str]]:
    """Declare the passwords of users who have none of their own; password by user name.

    :param name: the component's name, the prefix of its children's.
    :param rotation: what all of them depend on, beside each user's own `rotation`.
    :param child: options of the component's children.
    """
    if not users:
        return pulumi.Output.from_input({})
    admins = {
        user.name: random_text(
            f"{name}-admin-password", child, {"all": rotation, "user": user.rotation}
        )
        for user in users
        if user.name == ADMIN
    }
    readers = [user for user in users if user.name != ADMIN]
    rotations = list(dict.fromkeys(user.rotation for user in readers))
    seeds = [random_text(_seed_name(name, text), child, {"all": rotation}) for text in rotations]

    def passwords(values: list[str]) -> dict[str, str]:
        of_admins, of_rotation = (
            dict(zip(admins, values, strict=False)),
            dict(zip(rotations, values[len(admins) :], strict=True)),
        )
        return of_admins | {
            user.name: derived_password(of_rotation[user.rotation], user.name) for user in readers
        }

    return pulumi.Output.all(*admins.values(), *seeds).apply(passwords)


def random_text(
    name: str, child: pulumi.ResourceOptions, keepers: Mapping[str, pulumi.Input[str]] | None = None
) -> pulumi.Output[str]:
    """Declare a secret random text of letters and digits that is kept in state.

    It is a password resource and not one of random bytes: of those, the state shows the value in plain, as the resource's id.

    :param keepers: what makes a new one when it changes.
    """
    return random.RandomPassword(
        name, length=PASSWORD_LENGTH, special=False, keepers=keepers, opts=child
    ).result


def derived_password(seed: str, user: str) -> str:
    """A user's password, by a pseudorandom function (HMAC, as in NIST SP 800-108) of a secret seed and the user's name."""
    number = int.from_bytes(hmac.digest(seed.encode(), user.encode(), hashlib.sha512))
    # 512 bits for 32 of 62 characters (191 bits): no character is likelier than another by more than 2^-320.
    return "".join(
        _ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)]
        for place in range(PASSWORD_LENGTH)
    )


def _seed_name(name: str, rotation: str) -> str:
    """A seed's own name for each rotation, which may be any text."""
    return f"{name}-readers-seed" + (
        f"-{hashlib.sha256(rotation.encode()).hexdigest()[:8]}" if rotation else ""
    )
