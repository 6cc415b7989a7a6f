"""The manifest of a backup: what it contains, with digest and size of each file.

It is written last. Without it, there is no backup.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from backup.digests import sha256
from backup.errors import BackupError

FORMAT = 1
"""Version of the format. A program reads no other one."""


@dataclass(frozen=True)
class File:
    """One file of the server's storage, or of the stack."""

    path: str
    """Relative to the server's directory."""
    sha256: str
    """As hexadecimal digits."""
    size: int
    text: str | None = None
    """Its content, if it is not a blob."""

    @classmethod
    def of_text(cls, path: str, text: str) -> File:
        """Return a file with its content."""
        content = text.encode()
        return cls(path, sha256(content), len(content), text)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are set."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Owner:
    """Who owns the files, and their modes."""

    uid: int = 0
    gid: int = 0
    file_mode: int = 0o644
    directory_mode: int = 0o755


@dataclass(frozen=True, kw_only=True)
class Server:
    """The server that wrote the packs."""

    layout: str
    """How it stores packs: `distribution` or `zot`."""
    layout_version: int
    pack_format: str
    """``Settings.pack_format``: the two flavors have different directories."""
    image: str
    image_digest: str = ""
    """Digest of the image in its registry, or else its ID; empty if it is unknown."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A backup."""

    stack: str
    created: datetime
    program: str
    """Version of the program that made it."""
    server: Server
    storage: str
    """Place of the packs, for messages."""
    content: str
    """Directory of the blobs in the target."""
    files: tuple[File, ...]
    """The server's files, in the order in which they were copied. A restore reverses it."""
    stack_files: tuple[File, ...] = ()
    owner: Owner = field(default_factory=Owner)
    broken: tuple[str, ...] = ()
    """Versions of packs that the registry could not serve when the backup was made."""

    @property
    def identifier(self) -> str:
        """Name of the backup."""
        return f"{self.stack}-{self.created:%Y%m%dT%H%M%SZ}"

    @functools.cached_property
    def blobs(self) -> dict[str, int]:
        """Sizes of the blobs by SHA-256 digest, as hexadecimal digits."""
        return {file.sha256: file.size for file in self.files if file.text is None}

    def stack_file(self, name: str) -> str | None:
        """Return the content of a file of the stack."""
        return next((file.text for file in self.stack_files if file.path == name), None)

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON."""
        content = {
            **asdict(self),
            "created": f"{self.created:%Y-%m-%dT%H:%M:%SZ}",
            "files": [file.to_dict() for file in self.files],
            "stack_files": [file.to_dict() for file in self.stack_files],
        }
        return json.dumps({"format": FORMAT, **content}, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, name: str, content: bytes) -> Manifest:
        """Read what ``to_bytes`` returned.

        :param name: the name of the backup, for messages.
        :raises BackupError: if it has another format.
        """
        try:
            found = json.loads(content)
            version = found.pop("format")
        except (ValueError, KeyError, AttributeError, TypeError):
            raise BackupError(f"The backup {name} has no readable manifest.") from None
        if version != FORMAT:
            age = "a newer" if isinstance(version, int) and version > FORMAT else "an older"
            raise BackupError(
                f"The backup {name} has format {version}, from {age} version of this program "
                f"({found.get('program', 'unknown')}). This version reads format {FORMAT}. Use "
                "the version that made the backup."
            )
        files = tuple(File(**file) for file in found.pop("files"))
        stack_files = tuple(File(**file) for file in found.pop("stack_files"))
        for file in (*files, *stack_files):
            _check_file(name, file)
        return cls(
            **{
                **found,
                "created": datetime.fromisoformat(found["created"]),
                "server": Server(**found["server"]),
                "owner": Owner(**found["owner"]),
                "broken": tuple(found["broken"]),
                "files": files,
                "stack_files": stack_files,
            }
        )


def now() -> datetime:
    """Return the time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


_UNSAFE = re.compile(r"(^|/)(\.\.?)?(/|$)|[\x00-\x1f\\]")


def _check_file(name: str, file: File) -> None:
    """Check that a file stays in its directory, and that its text is the one that was copied.

    :raises BackupError: if not.
    """
    if _UNSAFE.search(file.path):
        raise BackupError(f"The backup {name} has a file with an invalid path: {file.path!r}.")
    if file.text is not None and sha256(file.text.encode()) != file.sha256:
        raise BackupError(f"The backup {name} is damaged: {file.path} has another digest.")
