"""Values of zot's configuration."""

from __future__ import annotations

import math
import re
from typing import Annotated

from common.types.base import Format, integer

_GO_PATTERN = re.compile(
    r"""
    (?:\(\?i\))?
    (?:
        [^\\()\[\]{}*+?]                                      # a character, an anchor or "|"
        | \\[AbBdDsSwW!-/:-@\[-`{-~]
        | \[\^?(?:\\[dDsSwW!-/:-@\[-`{-~]|[^\\\[\]])+\]       # a class
        | \((?:\?:|(?![*+?{])) | \)
        | (?:[*+?]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\})\??(?![*+?{])
    )*
    """,
    re.VERBOSE,
)
"""Expressions that Python and Go understand in the same way, if Python accepts them."""
_COUNTS = re.compile(r"[{,]([0-9]+)")
MOST_REPEATS = 1000
"""Go's limit for counted repetitions, those inside of others included."""


def _tag_pattern(value: str) -> str:
    if not value.isprintable() or len(value) > 256 or not _GO_PATTERN.fullmatch(value):
        raise ValueError
    if math.prod(max(1, int(count)) for count in _COUNTS.findall(value)) > MOST_REPEATS:
        raise ValueError
    try:
        re.compile(value)
    except re.error:
        raise ValueError from None
    return value


VersionCount = Annotated[int, integer(0, 10_000, 10, "versions")]
DelaySeconds = Annotated[int, integer(0, 5, 1, "seconds")]
"""An update's own failed login must be answered within its time limit of 10 seconds."""
RequestRate = Annotated[int, integer(0, 100_000, 500, "requests per second")]
TagPattern = Annotated[
    str,
    Format(
        "a regular expression of at most 256 printable characters that Go understands",
        "^1[.]",
        _tag_pattern,
    ),
]
