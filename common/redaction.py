"""Removal of secrets from text that users see."""

from __future__ import annotations

import re

_NAMES = (
    r"(?:[\w-]*[_-])?(?:user(?:name)?|pass(?:word|wd|phrase)?2?|pwd|cred(?:entials)?|secret|token|"
    r"signature|(?:api|access|secret|private)[_-]?key(?:[_-]?id)?)"
)
"""Names of secrets in ``name=value`` and in JSON. A user may be ``name%password``."""

_PATTERNS = (
    # A private key in PEM, also without its end.
    (r"(?s)(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----).*?(?:-----END [A-Z0-9 ]*-----|\Z)", r"\1…"),
    # The user and password of a URL. A slash in the password is a common mistake.
    (r"(?i)(https?://)[^\n\"]*@(?!sha256:)", r"\1…@"),
    # user:password@, with and without a scheme.
    (r"((?:\w+://)?[^\s:/@\"']+:)(?!//)[^\n\"]*@(?!sha256:)", r"\1…@"),
    # The query and the fragment of a URL.
    (r"(://[^\s?#\"]*)[?#][^\n\"]+", r"\1?…"),
    (r"[?#][^\s?#\"]*=[^\n\"]*", r"?…"),
    # The Authorization header.
    (r"\b((?i:bearer|basic))\s+(?=[^\s\"]*[0-9A-Z._=])[^\s\"]{6,}", r"\1 …"),
    # "password": "..." in JSON.
    (rf"(?i)(\"{_NAMES}\"\s*:\s*)\"[^\"]*\"", r'\1"…"'),
    # password=...
    (rf"(?i)\b({_NAMES}\s*=\s*)[^\s,;&\"']+", r"\1…"),
    # A long random string: a token, or a key without its PEM frame.
    (
        r"(?a)(?<![\w+/=-])(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*[0-9])[\w+/=-]{32,}",
        "…",
    ),
)
"""Patterns of secrets, and what replaces them. ``re`` compiles them when they are first used."""


def redact(text: str) -> str:
    """Return a text without credentials, tokens and private keys.

    Everything that can be a secret is removed, also if that removes more. What remains still shows
    what kind of value it was, for example ``https://…@registry.example.com``.
    """
    for pattern, replacement in _PATTERNS:
        text = re.sub(pattern, replacement, text)
    return text
