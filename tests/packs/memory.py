"""A registry in memory, as :class:`packs.registry.PackRegistryClient` shows it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

from common.errors import UserError
from packs.registry import Manifest, PackRegistryClient

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
PART = 2**12


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Memory:
    """A registry in memory. It fails after a number of blobs."""

    endpoint = "https://registry.example.com"

    def __init__(self) -> None:
        self.blobs: dict[tuple[str, str], bytes] = {}
        self.manifests: dict[tuple[str, str], Manifest] = {}
        self.uploads: list[str] = []
        self.fails_after = 10**6
        self.without_tags: set[str] = set()
        """Repositories that the server does not list the tags of."""
        self.read = 0
        """Bytes of blobs that were read in parts."""
        self.refuses = False
        """Whether nothing can be deleted."""
        self.is_old = False
        """Whether a tag can't be deleted alone."""

    @property
    def client(self) -> PackRegistryClient:
        return cast(PackRegistryClient, cast(Any, self))

    def push(self, name: str, tag: str, *layers: bytes, **fields: Any) -> Manifest:
        for content in (b"{}", *layers):
            self.blobs[name, digest_of(content)] = content
        described = [{"digest": digest_of(layer), "size": len(layer)} for layer in layers]
        manifest = {"config": {"digest": digest_of(b"{}")}, "layers": described, **fields}
        return self.store(name, tag, Manifest(json.dumps(manifest).encode(), MANIFEST))

    def store(self, name: str, tag: str, manifest: Manifest) -> Manifest:
        self.manifests[name, tag] = self.manifests[name, manifest.digest] = manifest
        return manifest

    def repositories(self, _api: str = "v2") -> list[str]:
        return sorted({name for name, _ in self.manifests})

    def tags(self, name: str, _api: str = "v2") -> list[str]:
        if name in self.without_tags:
            raise UserError("404")
        return [tag for found, tag in self.manifests if found == name and ":" not in tag]

    def manifest(self, name: str, reference: str) -> Manifest | None:
        return self.manifests.get((name, reference))

    def put_manifest(self, name: str, reference: str, manifest: Manifest) -> None:
        content = json.loads(manifest.content)
        for blob in content.get("layers", []):
            assert (name, blob["digest"]) in self.blobs, "a registry refuses it"
        for child in content.get("manifests", []):
            assert (name, child["digest"]) in self.manifests, "a registry refuses it"
        self.store(name, reference, manifest)

    def has_blob(self, name: str, digest: str) -> bool:
        return (name, digest) in self.blobs

    def download_blob(self, name: str, digest: str, file: Path, limit: int | None = None) -> int:
        content = self.blobs[name, digest]
        assert limit is None or len(content) <= limit
        return file.write_bytes(content)

    def blob_parts(self, name: str, digest: str) -> Generator[bytes, None, None]:
        content = self.blobs[name, digest]
        for start in range(0, len(content), PART):
            self.read += len(content[start : start + PART])
            yield content[start : start + PART]

    def delete_manifest(self, name: str, reference: str) -> int:
        """Delete as zot and CNCF Distribution do: a digest with all of its tags."""
        if self.refuses:
            return 405
        if ":" not in reference:
            if self.is_old:
                return 400
            return 202 if self.manifests.pop((name, reference), None) else 404
        doomed = [
            key
            for key, each in self.manifests.items()
            if key[0] == name and each.digest == reference
        ]
        for key in doomed:
            del self.manifests[key]
        return 202 if doomed else 404

    def upload_blob(self, name: str, digest: str, file: Path) -> None:
        if len(self.uploads) >= self.fails_after:
            raise UserError("no space left")
        self.uploads.append(digest)
        self.blobs[name, digest] = file.read_bytes()


def archive_of(
    files: dict[str, bytes], *members: tarfile.TarInfo, compressed: bool = True
) -> bytes:
    """Return an archive with files, then members without content."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in members:
            archive.addfile(member)
    return gzip.compress(file.getvalue(), mtime=0) if compressed else file.getvalue()


def pack_files(directory: str = "hello-1.0.0", **changes: Any) -> dict[str, bytes]:
    """Return the files of a small pack."""
    described = {
        "name": "hello",
        "version": "1.0.0",
        "displayName": "Hello",
        "layer": "addon",
        **changes,
    }
    return {
        f"{directory}/values.yaml": b"manifests: {}\n",
        f"{directory}/pack.json": json.dumps(described).encode(),
        f"{directory}/charts/hello/Chart.yaml": b"name: hello\n",
    }
