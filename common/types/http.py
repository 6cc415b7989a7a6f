"""Parts of HTTP messages, and of the registry's URLs."""

from __future__ import annotations

from typing import Annotated

from common.types.base import Format
from common.types.docker import PATH_PART


def _repository_path(value: str) -> str:
    if len(value) > 255:
        raise ValueError
    return value.strip("/")


class _RepositoryPath(Format):
    def parse(self, value: object) -> object:
        """Return the path without leading and trailing slashes."""
        return super().parse(_repository_path(value) if isinstance(value, str) else value)


Realm = Annotated[
    str,
    Format(
        "1 to 128 printable ASCII characters without quotes and backslashes, without leading or "
        "trailing spaces",
        "Registry Realm",
        pattern=r"(?! )[ !#-\[\]-~]{1,128}(?<! )",
    ),
]
"""A quoted string of an HTTP header (RFC 9110, 5.6.4) that needs no escapes."""
HeaderName = Annotated[
    str,
    Format(
        "a header name of at most 128 characters",
        "Strict-Transport-Security",
        pattern=r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}",
    ),
]
"""RFC 9110, 5.1."""
HeaderValue = Annotated[
    str,
    Format(
        "printable ASCII characters without leading or trailing spaces",
        "max-age=31536000",
        pattern=r"[!-~]([ -~]{0,4094}[!-~])?",
        secret=True,
    ),
]
"""RFC 9110, 5.5. Messages hide invalid values: headers carry tokens."""
RepositoryPath = Annotated[
    str,
    _RepositoryPath(
        "a repository path in lower case",
        "packs",
        pattern=rf"{PATH_PART}(?:/{PATH_PART})*",
    ),
]
"""Beginning of the names of repositories."""
