"""A stream that is written into files of a given size, each with its digest."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO

from cli.console import CommandError

MAX_PARTS = 999
"""Names have three digits, so that their order is that of the parts."""
MIN_SIZE = 10**6
_UNITS = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def parse_size(text: str) -> int:
    """Parse the size of a part, such as `4G` or `700M`. Units are powers of 1000.

    :returns: bytes.
    :raises CommandError: if it is not such a size.
    """
    found = re.fullmatch(r"([0-9]{1,12})([KMGT]?)", text.strip())
    size = int(found[1]) * _UNITS.get(found[2], 1) if found else 0
    if size < MIN_SIZE:
        raise CommandError(
            f'PART_SIZE: invalid value "{text}". Must be a number of bytes with the unit K, M, G '
            "or T, and at least 1M (for example, PART_SIZE=4G)."
        )
    return size


class PartWriter:
    """A file to write to, whose content goes into the parts ``NAME.part001``, ``NAME.part002``."""

    def __init__(self, directory: Path, name: str, size: int) -> None:
        self._directory, self._name, self._size = directory, name, size
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self._free = 0
        self.digests: dict[str, str] = {}
        """SHA-256 digests of the complete parts, by name."""
        self.total = 0
        """Bytes of all parts."""

    def write(self, data: bytes) -> int:
        """Write to the current part, and to the next ones if it gets full.

        :raises CommandError: if there are too many parts.
        """
        view = memoryview(data)
        while view:
            file = self._file or self._open()
            now = view[: self._free]
            file.write(now)
            self._digest.update(now)
            self._free -= len(now)
            view = view[len(now) :]
            if not self._free:
                self.close()
        self.total += len(data)
        return len(data)

    def close(self) -> None:
        """End the current part."""
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.digests[Path(self._file.name).name] = self._digest.hexdigest()
        self._file = None

    def flush(self) -> None:
        """Do nothing: ``tarfile`` and ``gzip`` call this."""

    def _open(self) -> BinaryIO:
        number = len(self.digests) + 1
        if number > MAX_PARTS:
            raise CommandError(
                f"PART_SIZE: the bundle has more than {MAX_PARTS} parts of {self._size} bytes. "
                "Set larger parts (for example, PART_SIZE=4G)."
            )
        path = self._directory / f"{self._name}.part{number:03}"
        self._file = path.open("xb")
        self._digest, self._free = hashlib.sha256(), self._size
        return self._file
