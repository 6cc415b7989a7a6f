"""What the copies of both layouts share: blobs, texts, and another attempt if a file changed."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from typing import Any, TypeVar

from backup.digests import PART, ContentMismatchError, References
from backup.manifest import File
from backup.progress import Progress
from backup.source import Entry, Source, SourceChangedError
from backup.store import BackupWriter
from common.errors import UserError

ATTEMPTS = 6
_WAIT = 0.2
_SHA256 = "sha256:"

T = TypeVar("T")


class Blobs:
    """The blobs of one backup."""

    def __init__(self, writer: BackupWriter, progress: Progress) -> None:
        self._writer, self._progress = writer, progress
        self.references = References()
        """What the manifests refer to that this backup has read."""
        self.damaged: dict[str, str] = {}
        """Blobs of the server whose content is not what their digest says, with the reason."""

    def present(self, path: str, digest: str) -> File | None:
        """Return a blob that is in the target already; None if it must be read."""
        digits = digest.removeprefix(_SHA256)
        size = self._writer.known.get(digits)
        return None if size is None else File(path, digits, size)

    def copy(self, entry: Entry, digest: str) -> File | None:
        """Store a blob; None if it is damaged.

        :raises SourceChangedError: if it can't be read to its end.
        """
        try:
            if not digest.startswith(_SHA256):
                return self._copy_other(entry, digest)
            with entry.opened as content:
                self._add(digest.removeprefix(_SHA256), entry.size, content)
        except ContentMismatchError as error:
            self.damaged[digest] = str(error)
            return None
        return File(entry.path, digest.removeprefix(_SHA256), entry.size)

    def _copy_other(self, entry: Entry, digest: str) -> File:
        """Store a blob that is named by another digest. Its SHA-256 digest is known at its end."""
        named, found = hashlib.new(digest.partition(":")[0]), hashlib.sha256()
        with tempfile.SpooledTemporaryFile(max_size=8 * PART) as spool, entry.opened as content:
            while part := content.read(PART):
                spool.write(part)
                named.update(part)
                found.update(part)
            if named.hexdigest() != digest.partition(":")[2]:
                raise ContentMismatchError("its content has another digest")
            spool.seek(0)
            self._add(found.hexdigest(), entry.size, spool)
        return File(entry.path, found.hexdigest(), entry.size)

    def _add(self, digits: str, size: int, content: Any) -> None:
        self._writer.add(digits, size, content, self.references, self._progress.advance)


def text_of(source: Source, path: str, parse: Callable[[str], T | None]) -> str:
    """Return the text of a file.

    :param parse: returns None if the text is incomplete, because the server is writing it.
    :raises KeyError: if it does not exist.
    :raises SourceChangedError: if it is incomplete.
    """
    with source.open(path) as entry, entry.opened as content:
        text = content.read().decode(errors="replace")
    if parse(text) is None:
        raise SourceChangedError(f"{path} is incomplete")
    return text


def with_retries(read: Callable[[], T]) -> T:
    """Read something again if the server changed it meanwhile.

    :raises UserError: if it changed each time.
    """
    for attempt in range(ATTEMPTS):
        try:
            return read()
        except SourceChangedError as error:
            reason = error
            time.sleep(_WAIT * attempt)
    raise UserError(
        f"The packs could not be read: {reason}. If the storage works, the server changes it too "
        "often. Run the command again at a quieter time."
    )
