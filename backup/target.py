"""The place of backups: a directory, a .tar file, or a bucket. Each holds files by key.

    backups/STACK-TIME-DIGEST.json.gz   manifest of one backup; `.age` if it is encrypted
    content/AB/SHA256.SIZE              blobs; `content-RECIPIENTS/AB/SHA256.SIZE.age`
    last/STACK.json                     time of the last backup and drill (``record.py``)

Backups in one place share blobs. A .tar file has one backup.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from backup.errors import BackupError

S3 = "s3://"


class Target(Protocol):
    """A place of backups.

    The methods raise BackupError if the place fails.
    """

    name: str
    """As the user wrote it, for messages."""

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the sizes in bytes of all files below a directory, by key."""

    def put(self, key: str, content: BinaryIO, size: int) -> None:
        """Store a file, complete or not at all. What the content raises is raised."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Open a file.

        :raises KeyError: if it does not exist.
        """

    def flush(self) -> None:
        """Wait until everything is stored that was put before."""

    def finish(self) -> None:
        """Make the files visible, after the last one."""

    def record(self, stack: str, text: str) -> None:
        """Store a stack's times of the last backup and drill."""

    def recorded(self, stack: str) -> str:
        """Return what ``record`` stored; empty if there is nothing."""


def record_key(stack: str) -> str:
    """Return the key of a stack's record."""
    return f"last/{stack}.json"


def open_target(place: str, *, to_write: bool) -> Target:
    """Return the place of backups that FILE names.

    :param to_write: whether a backup is written. A new .tar file is written each time.
    :raises BackupError: if the place is invalid, or does not exist and is only read.
    """
    if place.startswith(S3):
        from backup.bucket_target import BucketTarget

        return BucketTarget(place)
    if "://" in place:
        raise BackupError(
            f'FILE: invalid value "{place}". Must be a directory, a file that ends in .tar, or a '
            "bucket (for example, FILE=s3://backups/packs)."
        )
    path = Path(place).expanduser()
    if path.suffix == ".tar":
        from backup.tar_target import TarReader, TarWriter

        return TarWriter(path) if to_write else TarReader(path)
    from backup.directory_target import DirectoryTarget

    if not to_write and not path.is_dir():
        raise BackupError(
            f"FILE: {place} does not exist. Must be the directory, the .tar file or the bucket of "
            "a backup."
        )
    return DirectoryTarget(path)
