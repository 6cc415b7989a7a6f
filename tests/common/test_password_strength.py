"""How hard passwords are to guess."""

from __future__ import annotations

import itertools
import random
import string

import pytest

from common.types.password_strength import MIN_BITS, guess_bits, is_guessable


@pytest.mark.parametrize(
    ("password", "bits"),
    [
        ("", 0),
        ("k", 5),
        ("horse", 13),
        ("HORSE", 14),
        ("h0r$e", 14),
        ("horse battery", 27),
        ("2026", 8),
        ("4711", 13),
        ("abcdefgh", 8),
        ("87654321", 6),
        ("kqzkqz", 17),
        ("kqzkqzkqzkqz", 20),
    ],
)
def test_guess_bits(password: str, bits: int) -> None:
    assert round(guess_bits(password)) == bits


def test_longer_is_never_much_easier() -> None:
    generator = random.Random(1)
    text = "".join(generator.choice(string.printable) for _ in range(72))
    bits = [guess_bits(text[:length]) for length in range(len(text))]
    assert bits[-1] > 5 * MIN_BITS
    assert all(after - before > -9 for before, after in itertools.pairwise(bits)), (
        "another character may complete a word"
    )


@pytest.mark.parametrize(
    ("alphabet", "length"),
    [
        (string.ascii_letters + string.digits, 16),
        (string.ascii_lowercase, 16),
        (string.ascii_lowercase + string.digits, 16),
    ],
)
def test_random_characters_are_accepted(alphabet: str, length: int) -> None:
    generator = random.Random(1)
    passwords = ["".join(generator.choices(alphabet, k=length)) for _ in range(200)]
    assert [password for password in passwords if is_guessable(password)] == []


def test_four_random_words_are_accepted() -> None:
    from passlib.pwd import default_wordsets

    generator = random.Random(1)
    words = [str(word) for word in default_wordsets["eff_long"]]
    for separator in (" ", "-", "."):
        phrases = [separator.join(generator.choices(words, k=4)) for _ in range(50)]
        assert [phrase for phrase in phrases if is_guessable(phrase)] == []
        short = [separator.join(generator.choices(words, k=3)) for _ in range(50)]
        assert [phrase for phrase in short if not is_guessable(phrase)] == []
