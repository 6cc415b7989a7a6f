"""Packs with the same name and version: only one of them can be pushed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packs.checks.report import Issue
from packs.checks.text import printable, shown
from packs.source import PACK_FILE


@dataclass(frozen=True)
class Identity:
    """What a registry calls a pack."""

    directory: Path
    name: str
    version: str
    line: int
    """Line of the version in ``pack.json``."""


def find_duplicates(identities: Iterable[Identity]) -> list[Issue]:
    """Return an issue for each pack that has name and version of an earlier one."""
    first: dict[tuple[str, str], Identity] = {}
    issues = []
    for each in identities:
        other = first.setdefault((each.name, each.version), each)
        if other is not each:
            file = printable(str(other.directory / PACK_FILE))
            message = (
                f"version: {shown(each.version)} of {shown(each.name)} is also in "
                f"{file}:{other.line}. Must be unique."
            )
            issues.append(Issue(each.directory / PACK_FILE, each.line, message, each.directory))
    return issues
