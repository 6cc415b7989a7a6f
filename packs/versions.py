"""The order of a pack's versions."""

from __future__ import annotations

import re

_PARTS = re.compile(r"[0-9]+|[a-z]+")
_BEFORE_RELEASE = ("dev", "snapshot", "a", "alpha", "b", "beta", "pre", "preview", "rc")
"""Words of versions before a release, in their order: 1.0.0-rc1 is older than 1.0.0."""
_MAX_LENGTH = 256

VersionKey = tuple[list[tuple[int, int, str]], str]


def version_key(version: str) -> VersionKey:
    """Return the key that sorts versions from old to new.

    Numbers are compared as numbers. Other than in Semantic Versioning, 1.0.0-rev2 is newer than
    1.0.0: packs mark their own revisions like this.
    """
    parts = [
        _part(text) for text in _PARTS.findall(version.lower().removeprefix("v")[:_MAX_LENGTH])
    ]
    return [*parts, (1, 0, "")], version


def _part(text: str) -> tuple[int, int, str]:
    if text.isdigit():
        return 3, int(text), ""
    if text in _BEFORE_RELEASE:
        return 0, _BEFORE_RELEASE.index(text), ""
    return 2, 0, text
