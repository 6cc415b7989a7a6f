"""Text of packs for people."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packs.catalog.text import MAX_LINE, MAX_TEXT, lines, one_line, summary, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\0b", "a[U+0000]b"),
        ("\x1b[31mred", "[U+001B][31mred"),
        ("exe.\u202egnp", "exe.[U+202E]gnp"),
        ("a\u2066b\u2069", "a[U+2066]b[U+2069]"),
        ("a\u2028b", "a[U+2028]b"),
        ("half \ud83d", "half [U+D83D]"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        (
            "\u05e9\u05dc\u05d5\u05dd \U0001f469\u200d\U0001f4bb",
            "\u05e9\u05dc\u05d5\u05dd \U0001f469\u200d\U0001f4bb",
        ),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_is_hidden(text: str) -> None:
    for character in visible(text):
        assert character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
        assert unicodedata.bidirectional(character) not in (
            *("LRE", "RLE", "LRO", "RLO", "PDF"),
            *("LRI", "RLI", "FSI", "PDI"),
        )


@pytest.mark.parametrize("value", [None, 1, True, [], {}, ["a"], {"a": "b"}, 1.5])
def test_one_line_of_other_types(value: object) -> None:
    assert one_line(value) == ""


def test_one_line() -> None:
    assert one_line("  a\n b ") == "a b"
    assert one_line("x" * 10**6) == "x" * (MAX_LINE - 1) + "…"


def test_lines() -> None:
    assert lines(b"\xef\xbb\xbfa\xff\r\n") == "a\ufffd\n"
    assert lines(b"x" * MAX_TEXT) == "x" * MAX_TEXT
    text = lines(b"x" * (MAX_TEXT + 1))
    assert text.startswith("x" * MAX_TEXT + "\n")
    assert text.endswith("[The file is longer. Only its first 512 KiB are shown.]")


@pytest.mark.parametrize(
    ("readme", "has_prose"),
    [
        (
            "# Title\n\n![badge](https://x)\n\nThe **pack** installs [NGINX](https://x) here.\n",
            True,
        ),
        ("Title\n=====\nThe pack installs NGINX here.", True),
        ("# Title\nThe pack installs\nNGINX here.\n## More\nText", True),
        ("Short.\n\n| a table | with columns | and more |\n\nThe pack installs NGINX here.", True),
        ("```\nThe pack installs NGINX\n\nhere and there, always.\n```\n", False),
        ("```\nThe pack installs NGINX\n\nhere and there, always.", False),
        ("| a table | with columns | and more |", False),
        ("<p align=center>The pack installs NGINX here.</p>", False),
        ("Short.", False),
        ("", False),
    ],
)
def test_summary(readme: str, has_prose: bool) -> None:
    assert summary(readme) == ("The pack installs NGINX here." if has_prose else "")


@pytest.mark.parametrize("text", ["[" * 8192, "_" * 8192, "`" * 8192, "![" * 4096, "\n-" * 4096])
def test_summary_of_long_markup(text: str) -> None:
    began = time.process_time()
    summary(text)
    assert time.process_time() - began < 1
