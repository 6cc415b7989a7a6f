"""Passwords that attackers guess first."""

from __future__ import annotations

import re
from collections import Counter

_WORDS = "|".join(
    (
        "abcdefghijklmnopqrstuvwxyz abcdefgh abcdef abcd abc qwertyuiop qwertzuiop qwerty qwertz "
        "azerty asdfghjkl asdfgh asdf zxcvbnm yxcvbnm 1q2w3e4r5t 1q2w3e4r 1q2w3e administrator "
        "admin root user guest default password passwort passwd passw0rd p@ssw0rd p@ssword pass "
        "secret letmein welcome willkommen changeme change me iloveyou monkey dragon football "
        "baseball sunshine princess superman batman trustno1 master login test hello registry "
        "palette spectrocloud spectro cloud docker pulumi my the"
    ).split()
)
_COMMON = rf"(?i)(?:{_WORDS}|[\W\d_])*(?:{_WORDS})(?:{_WORDS}|[\W\d_])*|\d+"


def is_common(password: str) -> bool:
    """Whether a password is common words, digits and signs only, or half of it one character."""
    most_frequent = max(Counter(password).values(), default=0)
    return re.fullmatch(_COMMON, password) is not None or most_frequent * 2 >= len(password)


def resembles_username(password: str, user: str) -> bool:
    """Whether a password is the user's name, once or repeated, with digits and signs around it."""
    name, letters = _letters(user), _letters(password)
    repeats_name = bool(name and letters) and not letters.replace(name, "")
    return password.lower() == user.lower() or repeats_name


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalpha())
