"""Packs in memory, in the layout of each server, and backups of them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from backup.create import Subject, create_backup
from backup.layout import blob_path, layer_path, revision_path
from backup.manifest import File, Manifest, Owner
from backup.place import Written
from backup.source import Entry
from backup.store import BackupReader, BackupWriter
from backup.target import Target

STACK = "prod"
TAGS = "docker/registry/v2/repositories/{}/_manifests/tags/{}"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def manifest_of(*contents: bytes) -> bytes:
    described = [{"digest": digest_of(content)} for content in contents]
    return json.dumps(
        {"schemaVersion": 2, "config": described[0], "layers": described[1:]}
    ).encode()


class MemorySource:
    """Files of a server. Something can happen each time that it is walked or read."""

    name = "the memory"
    owner = Owner(7, 8, 0o640, 0o750)

    def __init__(self, pack_format: str = "", *, is_listed: bool = False) -> None:
        self.pack_format, self.is_listed = pack_format, is_listed
        self.files: dict[str, bytes] = {}
        self.walks: list[str] = []
        self.opened: list[str] = []
        self.on_entry: Callable[[str], None] = lambda _: None
        self.on_open: Callable[[str], None] = lambda _: None

    def push(self, repository: str, tag: str, content: bytes) -> None:
        """Push a version, in the order of the servers."""
        manifest = manifest_of(b"{}", content)
        if self.pack_format == "zot":
            for blob in (b"{}", content, manifest):
                name = digest_of(blob).replace(":", "/")
                self.files[f"{repository}/blobs/{name}"] = blob
            self.files[f"{repository}/oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
            path = f"{repository}/index.json"
            index = json.loads(self.files.get(path, b'{"manifests": []}'))
            annotations = {"org.opencontainers.image.ref.name": tag}
            index["manifests"].append({"digest": digest_of(manifest), "annotations": annotations})
            self.files[path] = json.dumps(index).encode()
            return
        for blob in (b"{}", content):
            self.files[blob_path(digest_of(blob))] = blob
            self.files[layer_path(repository, digest_of(blob))] = digest_of(blob).encode()
        digest = digest_of(manifest)
        self.files[blob_path(digest)] = manifest
        self.files[revision_path(repository, digest)] = digest.encode()
        base = TAGS.format(repository, tag)
        self.files[f"{base}/index/{digest.replace(':', '/')}/link"] = digest.encode()
        self.files[f"{base}/current/link"] = digest.encode()

    def delete_tag(self, repository: str, tag: str) -> None:
        base = TAGS.format(repository, tag)
        for path in [path for path in self.files if path.startswith(f"{base}/")]:
            del self.files[path]

    def walk(self, directory: str) -> Iterator[Entry]:
        """Yield the files that exist now, in the order of their names, as Docker does."""
        self.walks.append(directory)
        for path in sorted(self.files):
            if path.startswith(f"{directory}/" if directory else ""):
                content = self.files.get(path)
                if content is not None:
                    yield self._entry(path, content)
                self.on_entry(path)

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[Entry]:
        self.opened.append(path)
        self.on_open(path)
        yield self._entry(path, self.files[path])

    def _entry(self, path: str, content: bytes) -> Entry:
        return Entry(path, len(content), io.BytesIO(content))


class MemoryPlace:
    """A place of a restore. It stops after a number of files."""

    name = "the memory"

    def __init__(self, pack_format: str = "") -> None:
        self.source: Any = MemorySource(pack_format)
        self.text: str | None = None
        self.written: list[str] = []
        self.stops_after = 10**9

    def mark(self) -> str | None:
        return self.text

    def set_mark(self, text: str) -> None:
        self.text = text

    def write(self, files: Iterable[Written], owner: Owner) -> None:
        for file in files:
            if len(self.written) >= self.stops_after:
                raise KeyboardInterrupt
            with file.opened as content:
                parts = iter(lambda: content.read(1000), b"")
                self.source.files[file.path] = b"".join(parts)
            self.written.append(file.path)


class Quiet:
    """No progress."""

    def stage(self, text: str, size: int | None = None) -> None: ...

    def advance(self, size: int) -> None: ...


def subject(pack_format: str = "", stack: str = STACK) -> Subject:
    return Subject(
        stack=stack,
        pack_format=pack_format,
        image="registry:3",
        image_digest="sha256:0",
        storage="the volume packs",
        stack_files=(File.of_text("record.json", "{}"), File.of_text("Pulumi.yaml", "config: {}")),
    )


def back_up(
    source: MemorySource, target: Target, recipients: Any = None, stack: str = STACK
) -> Manifest:
    writer = BackupWriter(target, recipients)
    return create_backup(subject(source.pack_format, stack), source, writer, Quiet())


def reader(target: Target, identities: Any = None) -> BackupReader:
    return BackupReader(target, identities)


def clock(monkeypatch: Any) -> None:
    """Let each backup be made a second after the one before."""
    times = iter(range(60))
    monkeypatch.setattr(
        "backup.create.now", lambda: datetime(2026, 11, 26, 12, 0, next(times), tzinfo=UTC)
    )
