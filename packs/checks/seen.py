"""Contents that a check has found to be without issues.

Versions of a pack have most of their files in common, and many packs have each chart as an archive
and as a directory.
"""

from __future__ import annotations

import hashlib


class SeenContents:
    """Remembers contents by their digests."""

    def __init__(self) -> None:
        """Start without contents."""
        self._digests: set[bytes] = set()

    def digest(self, content: bytes) -> bytes | None:
        """Return the digest of a content. None if the content is known."""
        digest = hashlib.sha256(content).digest()
        return None if digest in self._digests else digest

    def add(self, digest: bytes) -> None:
        """Remember a content without issues."""
        self._digests.add(digest)
