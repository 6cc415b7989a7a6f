"""The place of a restore: an empty volume or directory on a Docker host, or an empty bucket.

A mark in the place says which backup is being restored, and whether it is complete. The same
command continues after an interruption. Another backup is refused then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from backup.layout import INDEX, STAGES, V2, ZOT, ZOT_BLOB, Layout, index_manifests
from backup.manifest import Owner
from backup.source import Source

MARK = ".pack-registry-restore.json"


@dataclass(frozen=True)
class Written:
    """A file to write. Its content is opened when its turn comes."""

    path: str
    size: int
    opened: AbstractContextManager[BinaryIO]


class Place(Protocol):
    """A place of packs."""

    name: str
    """For messages."""
    source: Source
    """What is there."""

    def mark(self) -> str | None:
        """Return the mark's text; None if there is none."""

    def write(self, files: Iterable[Written], owner: Owner) -> None:
        """Write files below the server's directory, in this order. What they raise is raised."""

    def set_mark(self, text: str) -> None:
        """Write the mark."""


def mark_text(backup: str, *, is_done: bool) -> str:
    """Return the text of a mark."""
    return json.dumps({"backup": backup, "done": is_done})


def unfinished_restore(mark: str | None) -> str:
    """Return the backup of an interrupted restore; empty if there is none."""
    try:
        found = json.loads(mark or "{}")
        return "" if found.get("done", True) else str(found["backup"])
    except (ValueError, KeyError, AttributeError):
        return ""


def has_packs(source: Source, layout: Layout) -> bool:
    """Return whether a place has packs. Uploads that were cancelled are none."""
    if layout is not ZOT:
        return any(
            pattern.fullmatch(entry.path)
            for entry in source.walk(f"{V2}/repositories")
            for pattern in STAGES
        )
    for entry in source.walk(""):
        if ZOT_BLOB.fullmatch(entry.path):
            return True
        if INDEX.fullmatch(entry.path):
            with entry.opened as content:
                # An index that is being written belongs to a pack, too.
                if index_manifests(content.read().decode(errors="replace")) != []:
                    return True
    return False
