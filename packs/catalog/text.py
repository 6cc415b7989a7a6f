"""Text of packs for people: bounded, and nothing in it is invisible or changes its direction."""

from __future__ import annotations

import re

MAX_LINE = 200
"""Characters of a name or another text of one line."""
MAX_TEXT = 2**19
"""Bytes of a file that the page shows: more than any known README or values.yaml has."""

_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\U000e0000-\U000e007f]")
_MISLEADING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, directional overrides (they make text read as another one), and halves of
characters."""
_NO_PROSE = re.compile(r"^```[\s\S]*?(?:^```|\Z)|^ *#.*$|^.*\n *(?:={3,}|-{3,}) *$", re.MULTILINE)
"""Blocks of code, and headings."""
_MARKUP = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)|[*`]|(?<!\w)_+|_+(?!\w)")


def visible(text: str) -> str:
    """Return a text whose control characters are visible, as ``[U+202E]``."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _MISLEADING.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def one_line(value: object, limit: int = MAX_LINE) -> str:
    """Return a value of ``pack.json`` as one line; empty if it is not a string."""
    if not isinstance(value, str):
        return ""
    text = visible(" ".join(value[: 4 * limit].split()))
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def lines(content: bytes) -> str:
    """Return the text of a file, at most :data:`MAX_TEXT` bytes of it."""
    text = visible(content[:MAX_TEXT].decode("utf-8-sig", errors="replace"))
    if len(content) > MAX_TEXT:
        text += f"\n\n[The file is longer. Only its first {MAX_TEXT // 1024} KiB are shown.]"
    return text


def summary(readme: str) -> str:
    """Return the first paragraph of a README that is prose, as one line of text."""
    for paragraph in re.split(r"\n\s*\n", _NO_PROSE.sub("\n\n", readme[:8192])):
        text = " ".join(_MARKUP.sub(r"\1", paragraph).split())
        if len(text) >= 20 and text[0].isalnum():
            return one_line(text)
    return ""
