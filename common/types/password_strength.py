"""How hard a password is to guess.

The password's hash has a low bcrypt cost, because the server spends it on every request. So the
password itself must withstand guesses: a graphics card tries about 200,000 a second at cost 5.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator

MIN_BITS = 50
"""The number of guesses, as a power of two. One graphics card then needs about 100 years."""

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


def is_guessable(password: str) -> bool:
    """Whether a password is common, or takes fewer than 2^50 guesses."""
    return is_common(password) or guess_bits(password) < MIN_BITS


def guess_bits(password: str) -> float:
    """Estimate the guesses of an attacker who knows words, sequences and repetitions.

    Like zxcvbn, this takes the cheapest division of the password into parts.

    :returns: the number of guesses as a power of two.
    """
    cheapest = [0.0]
    for end in range(1, len(password) + 1):
        parts = _parts(password, end)
        cheapest.append(min(cheapest[start] + bits for start, bits in parts))
    return cheapest[-1]


def _parts(password: str, end: int) -> Iterator[tuple[int, float]]:
    """Yield the parts that end at a place: their starts, and their guesses in bits."""
    yield end - 1, _character_bits(password[end - 1])
    lower = password.lower()
    if re.fullmatch("(19|20)[0-9]{2}", password[max(0, end - 4) : end]):
        yield end - 4, math.log2(200)
    for start in range(max(0, end - _LONGEST_WORD), end - 2):
        part = lower[start:end]
        if part in _words() or part.translate(_LOOKALIKES) in _words():
            is_plain = password[start:end] in _words()
            yield start, _WORD_BITS if is_plain else _WORD_BITS + 1
        if _is_sequence(part):
            yield start, _character_bits(part[0]) + math.log2(len(part))
    for size in range(2, end // 2 + 1):
        repeated = password[end - size : end]
        if lower[end - 2 * size : end - size] == repeated.lower():
            yield end - size, 1 + math.log2(size)


def _character_bits(character: str) -> float:
    """The bits of a random character of its kind."""
    if character.isdecimal():
        return math.log2(10)
    if character == " ":
        return 1  # between words
    return math.log2(26) if character.islower() else math.log2(33)


def _is_sequence(part: str) -> bool:
    """Whether a part counts up or down: `abcd`, `9876`."""
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(part)}
    return len(part) >= 3 and steps in ({1}, {-1})


@functools.cache
def _words() -> frozenset[str]:
    """The words of diceware, and those of common passwords. They are read if they are needed."""
    from importlib.resources import files

    lists = files("passlib") / "_data" / "wordsets"
    texts = [(lists / f"{name}.txt").read_text("utf-8") for name in ("eff_long", "bip39")]
    return frozenset(word for text in (*texts, _WORDS.replace("|", " ")) for word in text.split())


_WORD_BITS = math.log2(7776)
"""Attackers try all words of diceware with the same effort."""
_LONGEST_WORD = 16
_LOOKALIKES = str.maketrans("013457@$!", "oleastasi")


def resembles_username(password: str, user: str) -> bool:
    """Whether a password is the user's name, once or repeated, with digits and signs around it."""
    name, letters = _letters(user), _letters(password)
    repeats_name = bool(name and letters) and not letters.replace(name, "")
    return password.lower() == user.lower() or repeats_name


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalpha())
