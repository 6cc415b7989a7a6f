"""Text of packs in messages, and the text of files."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from common.redaction import redact_value

MAX_SHOWN = 80
"""Characters of a value that a message shows."""
_UNPRINTABLE = ("C", "Zl", "Zp")
"""Unicode categories of characters that can change what a terminal shows: control characters,
marks of the direction of writing, halves of a surrogate pair, separators of lines."""
_SIZES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""Beginning of a file that Git LFS has not downloaded."""
LFS_FIX = "The file is a pointer of Git LFS. Run `git lfs pull`."


class TextError(ValueError):
    """A file's text can't be read. The message says why."""

    def __init__(self, message: str, line: int | None = None) -> None:
        """Describe the reason.

        :param line: number of the line, from 1.
        """
        super().__init__(message)
        self.line = line


def decode(content: bytes) -> str:
    """Return the text of a file in UTF-8.

    :raises TextError: if it has another encoding.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TextError("The file is not UTF-8 text. Save it as UTF-8.", line) from None


def is_printable(text: str) -> bool:
    """Whether a terminal shows a text as it is, on one line."""
    if text.isascii():
        return text.isprintable()
    return not any(unicodedata.category(each).startswith(_UNPRINTABLE) for each in text)


def printable(text: str) -> str:
    """Return a text with escapes in place of characters that a terminal interprets."""
    if is_printable(text):
        return text
    return "".join(each if is_printable(each) else _escape(each) for each in text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shown(value: Any) -> str:
    """Return a value as JSON on one line, without secrets, shortened if it is long."""
    if isinstance(value, str):
        text = printable(_shorten(redact_value(value)))
        return '"' + text.replace('"', '\\"') + '"'
    return _shorten(json.dumps(value, default=str))


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def type_name(value: Any) -> str:
    """Return the name of a value's type in JSON and YAML."""
    names = {str: "string", bool: "boolean", list: "list", dict: "object", type(None): "null"}
    return names.get(type(value), "number")


def size_text(size: int) -> str:
    """Return a number of bytes in the largest unit that fits: ``100 MiB``."""
    for unit, name in _SIZES:
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} bytes"
