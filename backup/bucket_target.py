"""Backups in a bucket. The AWS_* variables select server and keys, as in the AWS CLI."""

from __future__ import annotations

import io
import os
from contextlib import AbstractContextManager
from typing import BinaryIO
from urllib.parse import urlsplit

from backup import s3
from backup.errors import BackupError
from backup.target import record_key

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


class BucketTarget:
    """A prefix in a bucket."""

    def __init__(self, place: str) -> None:
        """Prepare the connection. The first request opens it.

        :param place: `s3://BUCKET/PREFIX`.
        :raises BackupError: if it names no bucket.
        """
        parts = urlsplit(place)
        if not parts.hostname or parts.query or parts.fragment or parts.password:
            raise BackupError(
                f'FILE: invalid value "{place}". Must be s3://BUCKET or s3://BUCKET/PREFIX.'
            )
        self.name = place.rstrip("/")
        # Other servers than Amazon's have no name for each bucket.
        path_style = any(os.environ.get(name) for name in _ENDPOINTS)
        connection = s3.client(path_style=path_style)
        self._bucket = s3.Bucket(connection, parts.netloc, parts.path.strip("/"))

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the sizes of all files below a directory."""
        return dict(self._bucket.sizes(f"{prefix}/"))

    def put(self, key: str, content: BinaryIO, size: int) -> None:  # noqa: ARG002
        """Store a file."""
        self._bucket.put(key, content)

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Open a file."""
        return self._bucket.open(key)

    def flush(self) -> None:
        """Do nothing: S3 has stored what it has confirmed."""

    def finish(self) -> None:
        """Do nothing."""

    def record(self, stack: str, text: str) -> None:
        """Store a stack's times."""
        self._bucket.put(record_key(stack), io.BytesIO(text.encode()))

    def recorded(self, stack: str) -> str:
        """Return a stack's times."""
        try:
            with self._bucket.open(record_key(stack)) as file:
                return file.read().decode(errors="replace")
        except KeyError:
            return ""
