"""Backups in a target: their manifests, and the blobs that they share."""

from __future__ import annotations

import contextlib
import gzip
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from backup.digests import CheckedReader, References, sha256
from backup.encryption import SUFFIX, Identities, Recipients
from backup.errors import BackupError, DamagedBackupError
from backup.manifest import Manifest
from backup.target import Target

MANIFESTS = "backups"
_MANIFEST = re.compile(
    rf"{MANIFESTS}/(?P<name>(?P<stack>.+)-(?P<time>\d{{8}}T\d{{6}}Z))-(?P<digest>[0-9a-f]{{16}})"
    rf"\.json\.gz(?P<encrypted>{re.escape(SUFFIX)})?"
)
_BLOB = re.compile(r".*/(?P<digest>[0-9a-f]{64})\.(?P<size>\d+)")


class BackupWriter:
    """Writes one backup. It exists when ``finish`` has returned."""

    def __init__(self, target: Target, recipients: Recipients | None) -> None:
        """List the blobs that are there already.

        :param recipients: the keys to encrypt for; None to encrypt nothing.
        """
        self._target, self._recipients = target, recipients
        self._suffix = SUFFIX if recipients else ""
        self.content = f"content-{recipients.fingerprint}" if recipients else "content"
        self.known = dict(_blobs(target.sizes(self.content), self._suffix))
        """Sizes of the blobs that are there, by digest."""
        self.sent = 0
        """Bytes of the blobs that were sent."""

    def add(
        self,
        digest: str,
        size: int,
        content: BinaryIO,
        references: References,
        advance: Callable[[int], None],
    ) -> None:
        """Store a blob, unless it is there.

        :param digest: its SHA-256 digest, as hexadecimal digits.
        :raises ContentMismatchError: if the content has another digest.
        """
        checked = CheckedReader(content, digest, size, references, advance)
        if digest in self.known:
            checked.drain()
            return
        try:
            self._put(blob_key(self.content, digest, size, self._suffix), checked, size)
            checked.drain()
        except Exception:
            if checked.failure:
                raise checked.failure from None
            raise
        self.known[digest] = size
        self.sent += size

    def finish(self, manifest: Manifest) -> None:
        """Store the manifest, after everything that it refers to."""
        self._target.flush()
        content: BinaryIO = io.BytesIO(gzip.compress(manifest.to_bytes(), mtime=0))
        if self._recipients:
            content, _ = self._recipients.encrypt(content)
        stored = content.read()
        key = f"{MANIFESTS}/{manifest.identifier}-{sha256(stored)[:16]}.json.gz{self._suffix}"
        self._target.put(key, io.BytesIO(stored), len(stored))
        self._target.finish()

    def _put(self, key: str, content: CheckedReader, size: int) -> None:
        readable: BinaryIO = content  # type: ignore[assignment] # it has what is used of it
        if self._recipients:
            encrypted, size = self._recipients.encrypt(readable)
            content.drain()
            with encrypted:
                self._target.put(key, encrypted, size)
        else:
            self._target.put(key, readable, size)


@dataclass(frozen=True)
class Backup:
    """A backup in a target, before its manifest is read."""

    name: str
    stack: str
    key: str
    digest: str
    is_encrypted: bool


class BackupReader:
    """Reads the backups in a target."""

    def __init__(self, target: Target, identities: Identities | None) -> None:
        """Prepare the reader.

        :param identities: the keys to decrypt with; None if there are none.
        """
        self._target, self._identities = target, identities

    def backups(self) -> list[Backup]:
        """Return all backups, the oldest first."""
        found = [
            match for key in self._target.sizes(MANIFESTS) if (match := _MANIFEST.fullmatch(key))
        ]
        return [
            Backup(each["name"], each["stack"], each[0], each["digest"], bool(each["encrypted"]))
            for each in sorted(found, key=lambda match: match["time"])
        ]

    def find(self, stack: str, name: str) -> Backup:
        """Return a backup of a stack.

        :param name: its name; empty for the newest one of the stack.
        :raises BackupError: if there is none.
        """
        found = self.backups()
        if not found:
            raise BackupError(
                f"{self._target.name} has no complete backup. A backup that was interrupted is "
                f"completed by the next `make backup STACK={stack} FILE={self._target.name}`."
            )
        if name:
            named = [each for each in found if each.name == name]
            if not named:
                known = ", ".join(each.name for each in found)
                raise BackupError(f'BACKUP: "{name}" does not exist. Must be one of: {known}.')
            found = named
        of_stack = [each for each in found if each.stack == stack]
        if not of_stack:
            others = sorted({each.stack for each in found})
            raise BackupError(
                f"{self._target.name} has no backup of stack {stack}, only of {', '.join(others)}. "
                f"To restore the packs of another stack, name it (for example, FROM={others[0]})."
            )
        return of_stack[-1]

    def manifest(self, backup: Backup) -> Manifest:
        """Read and check the manifest of a backup.

        :raises BackupError: if it is damaged, encrypted for other keys, or has another format.
        """
        if backup.is_encrypted and self._identities is None:
            raise BackupError(
                f"The backup {backup.name} is encrypted. Set IDENTITY to the file with the private "
                "key of one of its recipients."
            )
        with self._target.open(backup.key) as file:
            stored = file.read()
        if sha256(stored)[:16] != backup.digest:
            raise DamagedBackupError(backup.name, "its manifest has another digest")
        content = stored
        if backup.is_encrypted and self._identities:
            content = self._identities.decrypt(io.BytesIO(stored)).read()
        manifest = Manifest.from_bytes(backup.name, gzip.decompress(content))
        if manifest.identifier != backup.name:
            raise DamagedBackupError(backup.name, "its manifest is of another backup")
        return manifest

    def missing(self, manifest: Manifest) -> list[str]:
        """Return the digests of the blobs that are not in the target."""
        suffix = SUFFIX if manifest.content != "content" else ""
        known = dict(_blobs(self._target.sizes(manifest.content), suffix))
        return [digest for digest, size in manifest.blobs.items() if known.get(digest) != size]

    @contextlib.contextmanager
    def blob(
        self,
        manifest: Manifest,
        digest: str,
        references: References | None = None,
        advance: Callable[[int], None] = lambda _: None,
    ) -> Iterator[CheckedReader]:
        """Open a blob. It is checked at its end.

        :raises DamagedBackupError: if it is missing, or if the block reads content that is not the
            one of the backup.
        """
        size = manifest.blobs[digest]
        is_encrypted = manifest.content != "content"
        key = blob_key(manifest.content, digest, size, SUFFIX if is_encrypted else "")
        checked = None
        try:
            with self._target.open(key) as stored, contextlib.ExitStack() as stack:
                content = stored
                if is_encrypted and self._identities:
                    content = stack.enter_context(self._identities.decrypt(stored))
                checked = CheckedReader(content, digest, size, references, advance)
                yield checked
        except KeyError:
            problem = f"the blob sha256:{digest} is missing"
            raise DamagedBackupError(manifest.identifier, problem) from None
        except Exception as error:
            if isinstance(error, BackupError) or (checked and not checked.failure):
                raise
            problem = f"the blob sha256:{digest} can't be read ({error})"
            raise DamagedBackupError(manifest.identifier, problem) from None


def blob_key(content: str, digest: str, size: int, suffix: str) -> str:
    """Return the key of a blob."""
    return f"{content}/{digest[:2]}/{digest}.{size}{suffix}"


def _blobs(sizes: dict[str, int], suffix: str) -> Iterator[tuple[str, int]]:
    """Yield digest and size of the blobs. One with a wrong size is cut off: it is sent again."""
    for key, stored in sizes.items():
        found = _BLOB.fullmatch(key.removesuffix(suffix)) if key.endswith(suffix) else None
        if found and (suffix or int(found["size"]) == stored):
            yield found["digest"], int(found["size"])
