"""Cache of earlier pushes: a push without changes reads no file and no manifest.

As in Git's index, the content of a directory is known as long as no file has another size, time or
inode. Files that changed right before they were read are read again: a later change may leave them
with the same time.

A manifest is known by its digest, so its content can't change. Which manifest a version has is
always requested from the registry.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.atomic_file import write_atomically
from packs.archive import Content, archive_content, is_published

FORMAT = 1
"""Changes if the same files get another content, or another signature."""
RACY_SECONDS = 2
"""The coarsest times of file systems (FAT)."""
MAX_ENTRIES = 20_000
"""Directories, and versions. The oldest ones are forgotten."""


@dataclass
class KnownContents:
    """Contents of directories and of published versions."""

    directories: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """Signature, digest and size of a content by absolute directory."""
    versions: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Digest of the manifest and of its content, by the version's place in a registry."""

    @classmethod
    def read(cls, file: Path) -> KnownContents:
        """Read what is known. Nothing, if the file is missing or damaged."""
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            if found["format"] != FORMAT:
                return cls()
            directories = {
                str(directory): (str(signature), str(digest), int(size))
                for directory, (signature, digest, size) in found["directories"].items()
            }
            versions = {
                str(place): (str(manifest), str(digest))
                for place, (manifest, digest) in found["versions"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return cls()
        return cls(directories, versions)

    def write(self, file: Path) -> None:
        """Write what is known, as a whole. Nothing is lost if that fails."""
        content = {
            "format": FORMAT,
            "directories": _newest(self.directories),
            "versions": _newest(self.versions),
        }
        with contextlib.suppress(OSError):
            write_atomically(file, json.dumps(content))

    def content(self, directory: Path, name: str) -> Content:
        """Return the content of a pack's archive. Its files are read only if it is not known.

        :param name: name of the archive's directory.
        :raises UserError: if a file can't be read.
        """
        key, began = os.path.abspath(directory), time.time()  # noqa: PTH100 - without links
        found = _signature(directory, name)
        known = self.directories.pop(key, None)  # what is used becomes the newest entry
        if found and known and known[0] == found[0]:
            self.directories[key] = known
            return Content(known[1], known[2])
        content = archive_content(directory, name)
        if found and found[1] < began - RACY_SECONDS:
            self.directories[key] = (found[0], content.digest, content.size)
        return content

    def add_version(self, place: str, manifest: str, content: Content) -> None:
        """Remember the digest of a version's manifest, and its content."""
        self.versions.pop(place, None)
        self.versions[place] = manifest, content.digest


def _newest(entries: dict[str, Any]) -> dict[str, Any]:
    return dict(list(entries.items())[-MAX_ENTRIES:])


def _signature(directory: Path, name: str) -> tuple[str, float] | None:
    """Return a digest of all names, types, sizes, times and inodes, and the newest time.

    None if something can't be read: the reader of the files reports it.
    """
    found: list[tuple[str, int, int, int, int, int, int]] = []
    pending = [str(directory)]
    try:
        while pending:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if not is_published(entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                        continue
                    status = entry.stat(follow_symlinks=False)
                    found.append(
                        (
                            entry.path,
                            status.st_mode,
                            status.st_size,
                            status.st_mtime_ns,
                            status.st_ctime_ns,
                            status.st_ino,
                            status.st_dev,
                        )
                    )
    except OSError:
        return None
    found.sort()
    newest = max((max(each[3], each[4]) for each in found), default=0)
    text = repr((name, found)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest(), newest / 1e9
