"""The syntax of a registration's settings: each function takes what the user wrote and returns it in its normal form.

Each raises ``ValueError`` where the text is not of its kind; the sentence that the user sees is put together from the setting's own text.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from common import syntax


def stack_reference(value: Any) -> Any:
    """A stack's name, or organization, project and name with slashes between them."""
    return _matching(r"([A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}/)?[A-Za-z0-9_.-]{1,100}", value)


def palette_host(value: Any) -> Any:
    """A URL of nothing but scheme, host and port. Plain HTTP would show the API key to whoever listens, so it is for this machine alone."""
    text = _matching(r"https?://[^\s/?#@\\]+/?", value)
    if not isinstance(text, str):
        return text
    parts = urlsplit(text.rstrip("/").lower())
    host = parts.hostname or ""
    if parts.port == 0:  # a port that is no number, or too large, has raised by now
        raise ValueError
    syntax.hostname(host)
    is_this_machine = host == "localhost" or (
        syntax.is_ip(host) and ipaddress.ip_address(host).is_loopback
    )
    if parts.scheme == "http" and not is_this_machine:
        raise ValueError
    return parts.geturl()


def api_key(value: Any) -> Any:
    """A text that an HTTP header can hold: a library that refuses it would show it."""
    return _matching(r"[!-~]{1,1024}", value)


def project_uid(value: Any) -> Any:
    """A project's identifier, as its page's address in the console has it."""
    return _matching(r"[A-Za-z0-9-]{1,64}", value)


def registration_name(value: Any) -> Any:
    """A name for the console's list."""
    return _matching(r"[A-Za-z0-9]([A-Za-z0-9 _.-]{0,62}[A-Za-z0-9])?", value)


def _matching(pattern: str, value: Any) -> Any:
    """A text, of a pattern; YAML makes a number of bare digits, and what else there is, is left to the type check."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(text, bytes) or (isinstance(text, str) and not re.fullmatch(pattern, text)):
        raise ValueError
    return text
