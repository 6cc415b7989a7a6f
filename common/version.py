"""The version of this program, and how it compares with the one that wrote a record."""

from __future__ import annotations

import re

VERSION = "0.1.0"
"""Version of the program, as in `pyproject.toml`."""


def is_newer(version: str) -> bool:
    """Return whether a version is newer than this program.

    A text that is no version counts as newer: only a later program can have written it.

    :param version: a version, or an empty string for programs that recorded none.
    """
    if not version:
        return False
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    return found is None or _numbers(version) > _numbers(VERSION)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
