"""Packs as directories of files, for example in a Git repository."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError

PACK_FILE = "pack.json"
VALUES_FILE = "values.yaml"
LOGO_FILE = "logo.png"
MAX_PACK_FILE = 2**20
"""Bytes of ``pack.json``."""
README_FILE = "README.md"
CHART_FILE = "Chart.yaml"
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

    Hidden directories and links to directories are not searched. A pack contains no other pack. A
    directory without ``pack.json`` is no pack if there are packs below it, or if it is a chart: a
    collection of packs may have its own logo.

    :raises UserError: if a directory can't be read.
    """
    packs, candidates = [], []
    pending = [root]
    while pending:
        directory = pending.pop()
        entries = _entries(directory)
        names = {entry.name for entry in entries}
        if PACK_FILE in names:
            packs.append(directory)
            continue
        if not names.isdisjoint(MARKS) and CHART_FILE not in names:
            candidates.append(directory)
        pending += [directory / entry.name for entry in entries if _is_searched(entry)]
    return sorted([*packs, *_incomplete(candidates, packs)])


def _is_searched(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError as error:
        raise UserError(f"{directory} can't be read: {error.strerror}.") from None


def _incomplete(candidates: Iterable[Path], packs: Iterable[Path]) -> Iterator[Path]:
    """Yield the outermost candidates that have no pack below them."""
    outside = {parent for pack in packs for parent in pack.parents}
    found: set[Path] = set()
    for candidate in candidates:  # a directory precedes those below it
        if candidate not in outside and found.isdisjoint(candidate.parents):
            found.add(candidate)
            yield candidate


def read_pack(directory: Path) -> Pack:
    """Read the ``pack.json`` of a pack that the checks accept.

    :raises UserError: if it can't be read. `make pack-check` names the line.
    """
    try:
        content = json.loads(_read_file(directory / PACK_FILE).decode("utf-8-sig"))
        return Pack(
            directory,
            content["name"],
            content["version"],
            content["displayName"],
            content["layer"],
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UserError(
            f"{directory / PACK_FILE} can't be read. Run `make pack-check PACK={directory}`."
        ) from None


def _read_file(path: Path) -> bytes:
    """Read a small file. Does not wait for the writer of a named pipe.

    :raises OSError: if it is not a file.
    :raises ValueError: if it is too large.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        content = file.read(MAX_PACK_FILE + 1)
    if len(content) > MAX_PACK_FILE:
        raise ValueError(path)
    return content
