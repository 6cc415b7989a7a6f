"""Docker's archive of a directory or file, as a stream that knows whether it is complete."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

_PART = 2**16


class ArchiveStream:
    """Docker's archive as a file that can be read once."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        """Read an archive.

        :param chunks: its parts.
        """
        self._chunks, self._rest, self._end = filter(None, chunks), b"", b""

    def read(self, size: int) -> bytes:
        """Read up to so many bytes."""
        if not self._rest:
            self._rest = next(self._chunks, b"")
            self._end = (self._end + self._rest)[-2 * tarfile.BLOCKSIZE :]
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def drain(self) -> None:
        """Read the rest."""
        while self.read(_PART):
            pass

    @property
    def is_complete(self) -> bool:
        """Whether the archive ended as archives do. Docker does not report its errors.

        If a file changes while Docker archives it, Docker ends the archive there.
        """
        return self._end == bytes(2 * tarfile.BLOCKSIZE)
