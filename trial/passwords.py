"""Passwords, as the provider `random` makes them."""

from __future__ import annotations

import secrets
import string
from typing import Literal

from pydantic import Field

from trial.resources import Inputs, Made


class RandomPassword(Inputs):
    """A password of letters and digits."""

    length: int
    special: Literal[False]
    keepers: dict[str, str] = Field(default_factory=dict)
    """What a new password would depend on, were the old one recorded."""


def random_password(inputs: RandomPassword) -> Made:
    """Make a password."""
    password = "".join(
        secrets.choice(string.ascii_letters + string.digits) for _ in range(inputs.length)
    )
    return Made("none", {"result": password}, frozenset({"result"}))
