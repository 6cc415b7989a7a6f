"""Packs as directories of files, for example in a Git repository."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError

PACK_FILE = "pack.json"
VALUES_FILE = "values.yaml"
LOGO_FILE = "logo.png"
README_FILE = "README.md"
MARKS = (PACK_FILE, VALUES_FILE, LOGO_FILE)
"""A directory with one of these files is a pack: a pack that lacks another one must be found."""


@dataclass(frozen=True)
class Pack:
    """What ``pack.json`` says of a pack.

    Source: "Add a Custom Pack" in Palette's documentation.
    """

    directory: Path
    name: str
    version: str
    display_name: str
    layer: str

    @property
    def reference(self) -> str:
        """Name and version as a registry writes them."""
        return f"{self.name}:{self.version}"


def pack_directories(root: Path) -> list[Path]:
    """Return the directories of all packs in a directory: itself, or those below it, sorted.

    Hidden directories and links to directories are not searched. A pack contains no other pack.
    """
    return sorted(_find(root))


def _find(directory: Path) -> Iterator[Path]:
    entries = list(os.scandir(directory))
    if any(entry.name in MARKS for entry in entries):
        yield directory
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield from _find(Path(entry.path))


def read_pack(directory: Path) -> Pack:
    """Read the ``pack.json`` of a pack that the checks accept.

    :raises UserError: if it can't be read. `make pack-check` names the line.
    """
    try:
        content = json.loads((directory / PACK_FILE).read_text(encoding="utf-8-sig"))
        return Pack(
            directory,
            content["name"],
            content["version"],
            content["displayName"],
            content["layer"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(
            f"{directory / PACK_FILE} can't be read. Run `make pack-check PACK={directory}`."
        ) from None
