"""Content that is checked while it is read: its size, its digest, and what a manifest refers to."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable
from typing import Any, BinaryIO

LARGEST_MANIFEST = 4 * 2**20
"""Bytes of the largest manifest that the servers accept."""
PART = 2**20
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class ContentMismatchError(Exception):
    """Content has another digest or size than its name says."""


def sha256(content: bytes) -> str:
    """Return the digest of content, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


class References:
    """What manifests refer to, by the digest of the manifest. Only manifests have an entry."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}

    def add(self, digest: str, content: bytes) -> None:
        """Remember what a blob refers to, if it is a manifest."""
        found = _references(content)
        if found is not None:
            self._found[digest] = found

    def of(self, digest: str) -> list[str]:
        """Return the digests that a manifest refers to; none if it is unknown or no manifest."""
        return self._found.get(digest, [])

    def __contains__(self, digest: str) -> bool:
        return digest in self._found


def _references(content: bytes) -> list[str] | None:
    if content.lstrip()[:1] != b"{":
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or "schemaVersion" not in found:
        return None
    parts: list[Any] = [found.get("config")]
    for name in ("layers", "manifests", "blobs"):
        listed = found.get(name)
        parts += listed if isinstance(listed, list) else []
    # Layers with URLs are elsewhere, and a registry need not have them.
    return [
        str(part["digest"])
        for part in parts
        if isinstance(part, dict) and "digest" in part and not part.get("urls")
    ]


class CheckedReader(io.RawIOBase):
    """Reads content, and raises ContentMismatchError at its end unless it is the expected one."""

    def __init__(
        self,
        source: BinaryIO,
        digest: str,
        size: int,
        references: References | None = None,
        advance: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Prepare the check.

        :param digest: the SHA-256 digest, as hexadecimal digits.
        :param advance: called with the number of bytes of each part.
        """
        self._source, self._digest, self._size = source, digest, size
        self._hash, self._read = hashlib.sha256(), 0
        self._references, self._advance = references, advance
        is_small = references is not None and size <= LARGEST_MANIFEST
        self._kept = bytearray() if is_small else None
        self._is_checked = False
        self.failure: Exception | None = None
        """What the last read raised. Libraries that read may wrap it."""

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read up to so many bytes, and check the content at its end."""
        try:
            return self._read_part(size)
        except Exception as error:
            self.failure = error
            raise

    def _read_part(self, size: int) -> bytes:
        content = self._source.read(size)
        self._hash.update(content)
        self._read += len(content)
        self._advance(len(content))
        if self._kept is not None:
            self._kept += content
        if self._read >= self._size or not content:
            self._check()
        return content

    def readall(self) -> bytes:
        """Read and check everything."""
        return self.read(-1)

    def drain(self) -> None:
        """Read and check the rest."""
        while self.read(PART):
            pass
        self._check()

    def _check(self) -> None:
        if self._is_checked and self._read == self._size:
            return
        if self._read != self._size:
            raise ContentMismatchError(f"it has {self._read} bytes instead of {self._size}")
        if self._hash.hexdigest() != self._digest:
            raise ContentMismatchError("its content has another digest")
        self._is_checked = True
        if self._references is not None and self._kept is not None:
            self._references.add(f"sha256:{self._digest}", bytes(self._kept))
