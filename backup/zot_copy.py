"""Copies the packs of zot in the order that is safe during pushes.

zot writes blobs first, and then the repository's `index.json`. Docker's archive has them in the
order of their names: blobs first. Therefore a copy ends with the blobs that the copied `index.json`
needs and that the archive had passed already. A bucket lists each of the two alone, `index.json`
first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from backup.copying import Blobs, text_of, with_retries
from backup.layout import INDEX, MARK, ZOT_BLOB, digest_in, index_manifests
from backup.manifest import File
from backup.progress import Progress
from backup.source import Entry, Source


@dataclass
class _Copy:
    source: Source
    blobs: Blobs
    texts: dict[str, str] = field(default_factory=dict)
    """Content of `index.json` and `oci-layout`, by path."""
    files: dict[str, File] = field(default_factory=dict)
    """Blobs by path."""

    def walk(self, wanted: Callable[[str], bool]) -> None:
        for entry in self.source.walk(""):
            if wanted(entry.path):
                self.add(entry)

    def add(self, entry: Entry) -> None:
        if INDEX.fullmatch(entry.path) or MARK.fullmatch(entry.path):
            if "/blobs/" not in entry.path and "/.uploads/" not in entry.path:
                with entry.opened as content:
                    self.texts[entry.path] = content.read().decode(errors="replace")
        elif (found := ZOT_BLOB.fullmatch(entry.path)) and entry.path not in self.files:
            digest = digest_in(found)
            present = self.blobs.present(entry.path, digest) if self.source.is_listed else None
            copied = present or self.blobs.copy(entry, digest)
            if copied:
                self.files[entry.path] = copied

    def complete(self, repository: str, index: str) -> bool:
        """Copy what an index needs and the walk had passed. Returns whether all of it is there."""
        is_whole = True
        pending = [each["digest"] for each in index_manifests(self.texts[index]) or []]
        seen = set()
        while pending:
            digest = pending.pop()
            if digest in seen:
                continue
            seen.add(digest)
            path = f"{repository}/blobs/{digest.replace(':', '/')}"
            if path not in self.files and not self._copy_one(path):
                is_whole = False
            pending += self.blobs.references.of(digest)
        return is_whole

    def _copy_one(self, path: str) -> bool:
        def copy() -> None:
            with self.source.open(path) as entry:
                self.add(entry)

        try:
            with_retries(copy)
        except KeyError:
            return False
        return path in self.files

    def read_index(self, path: str) -> bool:
        """Read an index again. Returns whether it exists."""
        try:
            self.texts[path] = with_retries(lambda: text_of(self.source, path, index_manifests))
        except KeyError:
            self.texts.pop(path, None)
            return False
        return True


def copy_zot(source: Source, blobs: Blobs, progress: Progress) -> list[File]:
    """Copy all files, and return them in the order of the copy. Blobs come last."""
    copy = _Copy(source, blobs)
    if source.is_listed:
        progress.stage("Reading the list of versions")
        with_retries(lambda: copy.walk(lambda path: not ZOT_BLOB.fullmatch(path)))
    progress.stage("Copying blobs")
    is_blob = ZOT_BLOB.fullmatch
    with_retries(lambda: copy.walk(lambda path: not source.is_listed or bool(is_blob(path))))
    progress.stage("Copying what was pushed meanwhile")
    for path in [path for path in copy.texts if INDEX.fullmatch(path)]:
        repository = path.removesuffix("/index.json")
        if index_manifests(copy.texts[path]) is None and not copy.read_index(path):
            continue
        # If something is missing, its version may have been deleted: the index then says so.
        if not copy.complete(repository, path) and copy.read_index(path):
            copy.complete(repository, path)
    indexes = [File.of_text(p, text) for p, text in copy.texts.items() if INDEX.fullmatch(p)]
    marks = [File.of_text(p, text) for p, text in copy.texts.items() if MARK.fullmatch(p)]
    return [*indexes, *marks, *copy.files.values()]
