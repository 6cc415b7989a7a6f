"""Packs in a bucket."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from backup.manifest import Owner
from backup.s3 import Bucket
from backup.source import Entry


class BucketSource:
    """The objects of one server."""

    is_listed = True

    def __init__(self, bucket: Bucket, name: str) -> None:
        """Read from a bucket whose prefix is the server's directory."""
        self._bucket, self.name = bucket, name

    @property
    def owner(self) -> Owner:
        """Objects have no owner: the one of files is root."""
        return Owner()

    def walk(self, directory: str) -> Iterator[Entry]:
        """Yield all objects below a directory."""
        for key, size in self._bucket.sizes(f"{directory}/" if directory else ""):
            yield Entry(key, size, self._bucket.open(key))

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[Entry]:
        """Open one object."""
        yield Entry(path, self._bucket.size(path), self._bucket.open(path))
