"""Users of the registry."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationInfo, field_validator

from common.settings_model import SettingsModel, setting
from common.types.base import Text
from common.types.credentials import BcryptHash, Password, UserName, bcrypt_hash

ADMIN = "admin"
"""The only user who may write to a pack registry, as Palette's guide requires."""


class User(SettingsModel):
    """A user of the registry: one line of the htpasswd file.

    Every user of an OCI registry may write: its server has no roles.
    """

    name: UserName = setting(..., "User name. `admin` always exists. List it to set its password.")
    password: Password | None = setting(
        None, "Password. If neither password nor bcrypt is set, a password is generated."
    )
    bcrypt: BcryptHash | None = setting(
        None,
        "bcrypt hash of the password, as `htpasswd -nB` prints it. "
        "The program never sees the password, so it is not exported.",
    )
    rotation: Text = setting("", "Any string. Change it to generate a new password for this user.")

    @field_validator("bcrypt", mode="before")
    @classmethod
    def _check_user(cls, value: Any, info: ValidationInfo) -> Any:
        """Reject the htpasswd line of another user."""
        name = info.data.get("name")
        return bcrypt_hash(value, name) if isinstance(value, str) and name else value
