"""Users of the registry."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import ValidationInfo, field_validator

from common.settings_model import SettingsModel, setting
from common.types.base import Text
from common.types.credentials import BcryptHash, Password, UserName, bcrypt_hash
from common.types.http import RepositoryPath

ADMIN = "admin"
"""The user who always exists and may write. In a pack registry, only this user may, as Palette's
guide requires."""


class Role(StrEnum):
    """What a user may do."""

    READER = "reader"
    """Pull packs."""
    WRITER = "writer"
    """Pull and push packs."""
    ADMIN = "admin"
    """Pull, push and delete packs."""


class User(SettingsModel):
    """A user of the registry: one line of the htpasswd file, and a role."""

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
    role: Role = setting(
        Role.READER,
        "What the user may do: a reader pulls, a writer also pushes, an admin also deletes. The "
        "user `admin` is always an admin. Other roles than reader need a server that has them.",
        example="writer",
    )
    repositories: list[RepositoryPath] = setting(
        [],
        "Paths of repositories that the user can access, each with everything below it "
        "(ociServer zot). All by default.",
        allowed="a list of repository paths in lower case",
        example=["packs/team-a"],
    )

    @field_validator("bcrypt", mode="before")
    @classmethod
    def _check_user(cls, value: Any, info: ValidationInfo) -> Any:
        """Reject the htpasswd line of another user."""
        name = info.data.get("name")
        return bcrypt_hash(value, name) if isinstance(value, str) and name else value
