"""User names, passwords, password hashes and other secrets."""

from __future__ import annotations

import re
from typing import Annotated, Any

from common.types.base import Format, InputStr, integer
from common.types.password_strength import is_guessable

MIN_PASSWORD_CHARACTERS = 12
MIN_PASSWORD_DIFFERENT = 5
MAX_PASSWORD_BYTES = 72
"""bcrypt ignores further bytes."""
MIN_COST, MAX_COST = 4, 12
DEFAULT_COST = 5
"""The cost of the hash that the server compares unknown users with, and the default of
`htpasswd -B`. With another cost, response times tell which users exist."""
_BCRYPT = re.compile(r"\$2[aby]\$(?P<cost>[0-9]{2})\$[./A-Za-z0-9]{53}")


def password(value: str) -> str:
    """Return a password that a person chose.

    :raises ValueError: if it is too short, too long, easily guessed or has control characters.
    """
    visible = {letter for letter in value if letter.isprintable() and not letter.isspace()}
    if len(value) < MIN_PASSWORD_CHARACTERS or len(visible) < MIN_PASSWORD_DIFFERENT:
        raise ValueError
    if len(value.encode()) > MAX_PASSWORD_BYTES:  # a lone surrogate raises a ValueError, too
        raise ValueError
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value) or is_guessable(value):
        raise ValueError
    return value


def bcrypt_hash(value: str, user: str | None = None) -> str:
    """Return a bcrypt hash. Of an htpasswd line, return its hash.

    :param user: the user whose htpasswd line is accepted. None accepts the line of any user.
    :raises ValueError: if the hash, its cost or the line's user is not accepted.
    """
    name, colon, digest = value.strip().rpartition(":")
    match = _BCRYPT.fullmatch(digest)
    if not match or not MIN_COST <= int(match["cost"]) <= MAX_COST:
        raise ValueError
    if colon and (":" in name or name != (user or name)):
        raise ValueError
    return digest


class _Password(Format):
    def parse(self, value: Any) -> Any:
        """Reject numbers: YAML has already dropped leading zeros and the like."""
        if isinstance(value, int | float):
            raise ValueError
        return super().parse(value)


UserName = Annotated[
    str,
    Format(
        "1 to 64 letters, digits, dots, underscores and hyphens, a letter or digit first",
        "ci-reader",
        pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
        hide_after=":",
    ),
]
"""A name for htpasswd files and HTTP basic authentication (RFC 7617: no colon)."""
Password = Annotated[
    InputStr,
    _Password(
        f"{MIN_PASSWORD_CHARACTERS} or more characters that are hard to guess (four random words, "
        f"or 16 random letters and digits), at most {MAX_PASSWORD_BYTES} bytes in UTF-8 "
        "(bcrypt ignores more), without control characters",
        check=password,
        secret=True,
    ),
]
BcryptHash = Annotated[
    InputStr,
    Format(
        f"a bcrypt hash ($2a$, $2b$ or $2y$) of cost {MIN_COST} to {MAX_COST}, or the user's "
        "htpasswd line with such a hash",
        "$2y$10$…",
        bcrypt_hash,
        secret=True,
    ),
]
BcryptCost = Annotated[int, integer(MIN_COST, MAX_COST, DEFAULT_COST)]
RegistryUsername = Annotated[
    str,
    Format(
        "a string without spaces and colons",
        "_json_key",
        pattern=r"[!-9;-~]{1,256}",
        hide_after=":",
    ),
]
"""A user of an image registry. RFC 7617 does not allow colons."""
Secret = Annotated[str, Format("a string", secret=True)]
InputSecret = Annotated[InputStr, Format("a string", secret=True)]
SmbPassword = Annotated[InputStr, Format("a string without commas", secret=True)]
SigningSecret = Annotated[
    InputStr,
    Format("16 or more characters, at least 5 of them different", secret=True),
]
