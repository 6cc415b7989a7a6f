"""Passwords that are guessed first: common words with digits and signs around them, digits alone, one character over and over, the user's name.

Left out on purpose: how long a password is (``components/syntax.py``), and dictionaries: whoever wants a strong one has it generated.
"""

from __future__ import annotations

import re
from collections import Counter

_WORDS = (
    "abcdefghijklmnopqrstuvwxyz|abcdefgh|abcdef|abcd|abc|qwertyuiop|qwertzuiop|qwerty|qwertz|azerty|asdfghjkl|asdfgh|asdf|zxcvbnm|yxcvbnm|"
    "1q2w3e4r5t|1q2w3e4r|1q2w3e|administrator|admin|root|user|guest|default|password|passwort|passwd|passw0rd|p@ssw0rd|p@ssword|pass|secret|"
    "letmein|welcome|willkommen|changeme|change|me|iloveyou|monkey|dragon|football|baseball|sunshine|princess|superman|batman|trustno1|master|"
    "login|test|hello|registry|palette|spectrocloud|spectro|cloud|docker|pulumi|my|the"
)
_COMMON = re.compile(rf"(?:{_WORDS}|[\W\d_])*(?:{_WORDS})(?:{_WORDS}|[\W\d_])*|\d+", re.IGNORECASE)


def is_common(password: str) -> bool:
    """Whether a password is made of common words or digits alone, or half of it is one character."""
    return _COMMON.fullmatch(password) is not None or max(
        Counter(password).values(), default=0
    ) * 2 >= len(password)


def resembles_username(password: str, user: str) -> bool:
    """Whether a password is nothing but the user's name, once or more, with digits and signs around it."""
    name, letters = _letters(user), _letters(password)
    return password.lower() == user.lower() or (
        bool(name and letters) and not letters.replace(name, "")
    )


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalpha())
