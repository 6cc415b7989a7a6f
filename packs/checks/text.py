"""Text of packs in messages, and the text of files."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from common.redaction import redact_value

MAX_SHOWN = 80
"""Characters of a value that a message shows."""
_UNPRINTABLE = ("C", "Zl", "Zp")
"""Unicode categories of characters that can change what a terminal shows."""


def is_printable(text: str) -> bool:
    """Whether a terminal shows a text as it is, on one line."""
    return not any(unicodedata.category(each).startswith(_UNPRINTABLE) for each in text)


def printable(text: str) -> str:
    """Return a text with escapes in place of characters that a terminal interprets."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if is_printable(each) else _escape(each) for each in text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shown(value: Any) -> str:
    """Return a value as JSON on one line, without secrets, shortened if it is long."""
    if isinstance(value, str):
        return json.dumps(printable(_shorten(redact_value(value))), ensure_ascii=False)
    return _shorten(json.dumps(value, default=str))


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."
