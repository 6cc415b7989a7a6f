"""Named types of a registration's settings."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from common.types.base import Format, integer
from common.types.network import hostname, is_ip, is_loopback


def _palette_host(value: str) -> str:
    """Return a URL of scheme, host and port.

    Plain HTTP would expose the API key on the network. It is accepted for loopback addresses only.
    """
    if not re.fullmatch(r"https?://[^\s/?#@\\]+/?", value):
        raise ValueError
    parts = urlsplit(value.rstrip("/").lower())
    host = parts.hostname or ""
    if parts.port == 0:  # urlsplit itself rejects other invalid ports
        raise ValueError
    hostname(host)
    is_local = host == "localhost" or (is_ip(host) and is_loopback(host))
    if parts.scheme == "http" and not is_local:
        raise ValueError
    return parts.geturl()


StackName = Annotated[
    str,
    Format(
        "a stack name, or ORGANIZATION/PROJECT/STACK",
        "organization/pack-registry/prod",
        pattern=r"([A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}/)?[A-Za-z0-9_.-]{1,100}",
    ),
]
PaletteHost = Annotated[
    str,
    Format(
        "https://HOST[:PORT] without a path, or http:// with a loopback address",
        "https://palette.example.com",
        _palette_host,
    ),
]
ApiKey = Annotated[
    str,
    Format(
        "an API key from Palette's console, under User Menu > My API Keys",
        pattern=r"[!-~]{1,1024}",
        secret=True,
    ),
]
"""Characters that an HTTP header accepts. The HTTP library shows a value that it rejects."""
ProjectUid = Annotated[
    str,
    Format(
        "a project UID, as in the address of the project's page in Palette's console",
        "6a1f0c2d9b3e4f5a6b7c8d9e",
        pattern=r"[A-Za-z0-9-]{1,64}",
    ),
]
RegistrationName = Annotated[
    str,
    Format(
        "1 to 64 letters, digits, spaces, dots, underscores and dashes, a letter or digit at both "
        "ends",
        "Platform packs",
        pattern=r"[A-Za-z0-9]([A-Za-z0-9 _.-]{0,62}[A-Za-z0-9])?",
    ),
]
SyncMinutes = Annotated[int, integer(1, 240, 30, "minutes")]
