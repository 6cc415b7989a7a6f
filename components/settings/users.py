"""TODO describe."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from common import syntax
from common.settings_model import InputStr, Int, SettingsModel, setting

ADMIN = "admin"
"""The one user who may write, as the guide has it."""


def _bcrypt_hash(value: Any, info: ValidationInfo) -> Any:
    """A bcrypt hash, or the htpasswd line of the user whose it is."""
    return syntax.bcrypt_hash_of(info.data.get("name"))(value)


class User(SettingsModel):
    """One line of the htpasswd file. `admin` may write; every other user reads only, but for flavor oci, whose server knows no roles."""

    name: Annotated[str, BeforeValidator(syntax.user_name)] = setting(
        ...,
        "The user's name; `admin` is always there and may be listed to set its password.",
        allowed="1 to 64 letters, digits, dots, underscores and dashes, a letter or digit first",
        example="ci-reader",
    )
    password: Annotated[InputStr, BeforeValidator(syntax.password)] | None = setting(
        None,
        "A password of your own instead of a generated one.",
        allowed="12 or more characters of at least 5 different kinds, not made of common words, at most 72 bytes in UTF-8 "
        "(bcrypt reads no more), no control characters",
        example="pulumi config set --secret --path 'users[0].password'",
        secret=True,
    )
    bcrypt: Annotated[InputStr, BeforeValidator(_bcrypt_hash)] | None = setting(
        None,
        "A ready bcrypt hash, as `htpasswd -nB` prints it; its password is then known to nobody but you and is not exported.",
        allowed="a bcrypt hash ($2a$, $2b$ or $2y$) of cost 4 to 12, alone or behind this user's name and a colon",
        example="$2y$10$…",
        secret=True,
    )
    cost: Int | None = Field(
        None,
        ge=4,
        le=12,
        description="bcrypt cost of a generated (default 5) or given (default 10) password; the server pays it on every request.",
        examples=[10],
        json_schema_extra={"allowed": "a whole number from 4 to 12", "secret": False},
    )
    rotation: str = setting(
        "",
        "Any text; change it and a new password is generated for this user.",
        allowed="a text",
        example="2027-01",
    )
