"""Writes a bundle: a directory with the parts of one archive, their digests and a script."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from backup.progress import Progress
from cli.bundles import unpack
from cli.bundles.parts import PartWriter
from cli.bundles.unpack import DESCRIPTION, SCRIPT, SUMS
from cli.console import CommandError

_COMPRESSION = 1
"""Programs and layers get a third smaller. A higher level takes three times as long for a tenth."""
_HEADER = """\
#!/bin/sh
# Checks a bundle, and unpacks it into a directory: ./unbundle.sh DIRECTORY
python=${PYTHON:-python3}
fail() {
  echo "x $1. The bundle needs Python @VERSION@. Select it with PYTHON=/path/to/python3" >&2
  exit 1
}
command -v "$python" >/dev/null || fail "$python is not on PATH"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$("$python" --version 2>&1) is too old"
exec "$python" -I - "$(cd "$(dirname "$0")" && pwd)" "$@" <<'END'
"""


class BundleWriter:
    """Adds files to the archive of a bundle."""

    def __init__(self, parts: PartWriter, progress: Progress) -> None:
        self._parts, self._progress = parts, progress
        self._gzip = gzip.GzipFile(
            filename="", mode="wb", compresslevel=_COMPRESSION, fileobj=parts, mtime=0
        )
        self._tar = tarfile.TarFile(mode="w", fileobj=self._gzip, format=tarfile.PAX_FORMAT)
        self.size = 0
        """Bytes of the unpacked files."""

    def stage(self, text: str) -> None:
        """Begin a kind of files."""
        self._progress.stage(text)

    def add_file(self, path: Path, name: str) -> None:
        """Add a file or a symbolic link, with its mode."""
        member = self._tar.gettarinfo(path, name)
        if member.isreg():
            with path.open("rb") as file:
                self.add_member(member, file)
        else:
            self.add_member(member)

    def add_bytes(self, content: bytes, name: str) -> None:
        """Add a file with a given content."""
        member = tarfile.TarInfo(name)
        member.size, member.mtime = len(content), int(time.time())
        self.add_member(member, io.BytesIO(content))

    def add_member(self, member: tarfile.TarInfo, file: IO[bytes] | None = None) -> None:
        """Add a member of another archive. It belongs to the user who unpacks the bundle."""
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        self._tar.addfile(
            member, cast("IO[bytes]", _Counting(file, self._progress)) if file else None
        )
        self.size += member.size if member.isreg() else 0

    def close(self) -> None:
        """End the archive and its last part."""
        self._tar.close()
        self._gzip.close()
        self._parts.close()


class _Counting:
    """A file that reports what is read from it."""

    def __init__(self, file: Any, progress: Progress) -> None:
        self._file, self._progress = file, progress

    def read(self, size: int) -> bytes:
        data = bytes(self._file.read(size))
        self._progress.advance(len(data))
        return data


@contextlib.contextmanager
def new_directory(target: Path) -> Iterator[Path]:
    """Yield a directory that gets the name of the target at the end of the block.

    If the block fails, nothing remains. What a killed command left is removed.

    :raises CommandError: if the target exists, another command writes to it, or it can't be
        written.
    """
    if target.is_symlink() or (target.exists() and not _is_empty_directory(target)):
        raise CommandError(
            f"FILE: {target} exists. It was not replaced. Set FILE to a directory that does not "
            "exist."
        )
    incomplete = target.parent / f".{target.name}.incomplete"
    with contextlib.ExitStack() as stack:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            incomplete.mkdir(exist_ok=True, mode=0o700)
            lock = os.open(incomplete, os.O_RDONLY)
            stack.callback(os.close, lock)
            _lock(lock, target)
            stack.callback(shutil.rmtree, incomplete, ignore_errors=True)
            for left in incomplete.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            yield incomplete
            incomplete.chmod(0o755)
            incomplete.rename(target)
        except OSError as error:
            raise CommandError(
                f"FILE: {error.filename or target} can't be written ({error.strerror}). Set FILE "
                "to a new directory that you may write, with enough space."
            ) from None


def _is_empty_directory(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _lock(descriptor: int, target: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(
            f"Another `make bundle` writes to {target}. Wait until it ends."
        ) from None


def write_frame(directory: Path, description: dict[str, Any], digests: dict[str, str]) -> str:
    """Write what is next to the parts: description, script and digests.

    :returns: the digest of the file of digests, which covers all the others.
    """
    texts = {
        DESCRIPTION: json.dumps(description, indent=2) + "\n",
        SCRIPT: script(description["python"]["version"]),
    }
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8")
        digests[name] = hashlib.sha256(text.encode()).hexdigest()
    (directory / SCRIPT).chmod(0o755)
    sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    (directory / SUMS).write_text(sums, encoding="utf-8")
    return hashlib.sha256(sums.encode()).hexdigest()


def script(version: str) -> str:
    """Return the script that checks and unpacks a bundle.

    :param version: the Python that the wheels need.
    """
    program = Path(unpack.__file__).read_text(encoding="utf-8")
    return f"{_HEADER.replace('@VERSION@', version)}{program}END\n"
