"""What secrets look like: the formats of tokens and hashes, and random strings.

The scrubber (``common/redaction.py``) and the policies share these definitions.
"""

from __future__ import annotations

import itertools
import re

VENDOR_TOKENS = (
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # an AWS access key ID
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}|\bglpat-[\w-]{20,}"  # Git hosts
    r"|\bxox[abeprs]-[\w-]{10,}|\bsk_(?:live|test)_\w{16,}|\bhv[sbr]\.[\w-]{20,}"
    r"|\bdckr_pat_[\w-]{20,}|\bnpm_\w{30,}|\bpypi-[\w-]{30,}|\bAIza[\w-]{35}|\bpul-[0-9a-f]{40}"
)
"""Tokens that begin with the name of their vendor."""
JWT_FORMAT = r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
BCRYPT_HASH = r"\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}"
CRYPT_HASH = r"\$(?:apr1|[156]|y)\$[./A-Za-z0-9$=,]{8,}"
LDAP_HASH = r"\{S?SHA\d*\}[A-Za-z0-9+/=]{8,}"
OTHER_KEYS = r"PuTTY-User-Key-File|AGE-SECRET-KEY-1"
"""The beginnings of private keys that are not PEM."""

_CLASSES = (("abcdefghijklmnopqrstuvwxyz", 1), ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 2), ("0123456789", 3))
_CLASS_OF = {character: kind for characters, kind in _CLASSES for character in characters}
_MIN_RANDOM = 20
_LONG_RUN = 32
_MIXED, _VERY_MIXED = 0.33, 0.4
"""Part of neighboring characters of different classes. It is 0.6 in random base64, and below 0.3
in paths and identifiers."""


def is_random(text: str) -> bool:
    """Whether a string of letters, digits and ``_+/=-`` is too irregular for a name or path.

    Digests in hexadecimal are not secret, and count as regular.
    """
    classes = [_CLASS_OF.get(character, 0) for character in text]
    found = set(classes) - {0}
    if sum(map(bool, classes)) < _MIN_RANDOM or len(found) < 2:
        return False
    if re.fullmatch(r"[0-9a-fA-F_=-]+", text):
        return False
    if len(text) >= _LONG_RUN and re.match(r"MI[A-Za-z0-9+/]{2}", text):  # DER in base64
        return True
    pairs = [(one, two) for one, two in itertools.pairwise(classes) if one and two]
    changes = sum(one != two for one, two in pairs)
    ratio = changes / max(len(pairs), 1)
    if {1, 2} <= found and (ratio >= _VERY_MIXED or (3 in found and ratio >= _MIXED)):
        return True
    longest = max(map(len, re.split(r"[^A-Za-z0-9]+", text)))
    return longest >= _LONG_RUN and (len(found) == 3 or (3 in found and changes >= 8))
