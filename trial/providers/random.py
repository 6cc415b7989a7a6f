"""Creates passwords as the Pulumi provider `random` does."""

from __future__ import annotations

import secrets
import string
from typing import Literal

from pydantic import Field

from trial.resources import Created, Inputs


class RandomPassword(Inputs):
    """A password of letters and digits."""

    length: int
    special: Literal[False]
    keepers: dict[str, str] = Field(default_factory=dict)
    """Ignored: without state, every trial has new passwords."""


def create_password(inputs: RandomPassword) -> Created:
    """Create a password."""
    password = "".join(
        secrets.choice(string.ascii_letters + string.digits) for _ in range(inputs.length)
    )
    return Created("none", {"result": password}, frozenset({"result"}))
