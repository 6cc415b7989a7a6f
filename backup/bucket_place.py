"""A bucket as the place of a restore."""

from __future__ import annotations

import io
from collections.abc import Iterable

from backup.bucket_source import BucketSource
from backup.manifest import Owner
from backup.place import MARK, Written
from backup.s3 import Bucket
from backup.source import Source


class BucketPlace:
    """The objects of one server."""

    def __init__(self, bucket: Bucket, name: str) -> None:
        """Write to a bucket whose prefix is the server's directory."""
        self.name, self._bucket = name, bucket
        self.source: Source = BucketSource(bucket, name)

    def mark(self) -> str | None:
        """Return the mark's text; None if there is none."""
        try:
            with self._bucket.open(MARK) as content:
                return content.read().decode(errors="replace")
        except KeyError:
            return None

    def set_mark(self, text: str) -> None:
        """Write the mark."""
        self._bucket.put(MARK, io.BytesIO(text.encode()))

    def write(self, files: Iterable[Written], owner: Owner) -> None:  # noqa: ARG002
        """Write objects in this order."""
        for file in files:
            with file.opened as content:
                self._bucket.put(file.path, content)
