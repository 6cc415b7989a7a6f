"""The copy of all packs between two registries, which are in memory."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, cast

import pytest

from common.errors import UserError
from packs.copy import Copied, copy_packs
from packs.registry import Manifest, PackRegistryClient

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


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

    def push(self, name: str, tag: str, *layers: bytes) -> Manifest:
        for content in (b"{}", *layers):
            self.blobs[name, digest_of(content)] = content
        described = [{"digest": digest_of(content)} for content in layers]
        text = json.dumps({"config": {"digest": digest_of(b"{}")}, "layers": described})
        return self.store(name, tag, Manifest(text.encode(), MANIFEST))

    def store(self, name: str, tag: str, manifest: Manifest) -> Manifest:
        self.manifests[name, tag] = self.manifests[name, manifest.digest] = manifest
        return manifest

    def repositories(self) -> list[str]:
        return sorted({name for name, _ in self.manifests})

    def tags(self, name: str) -> list[str]:
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

    def download_blob(self, name: str, digest: str, file: Path) -> int:
        return file.write_bytes(self.blobs[name, digest])

    def upload_blob(self, name: str, digest: str, file: Path) -> None:
        if len(self.uploads) >= self.fails_after:
            raise UserError("no space left")
        self.uploads.append(digest)
        self.blobs[name, digest] = file.read_bytes()


def copy(source: Memory, target: Memory) -> Copied:
    def client(registry: Memory) -> PackRegistryClient:
        return cast(PackRegistryClient, cast(Any, registry))

    return copy_packs(client(source), client(target), lambda *_: None)


def filled() -> Memory:
    source = Memory()
    for number in range(6):
        for version in ("1.0.0", "1.1.0"):
            source.push(f"packs/{number}", version, f"{number} {version}".encode(), b"shared")
    children = [source.push("packs/index", f"child-{each}", each.encode()) for each in "ab"]
    text = json.dumps({"manifests": [{"digest": child.digest} for child in children]})
    source.store("packs/index", "2.0.0", Manifest(text.encode(), INDEX))
    return source


def test_everything_is_copied() -> None:
    source, target = filled(), Memory()
    result = copy(source, target)
    assert target.manifests == source.manifests
    assert target.blobs == source.blobs
    assert (result.versions, result.present, result.different) == (15, 0, [])
    assert result.size == sum(len(content) for content in source.blobs.values())


def test_second_copy_sends_nothing() -> None:
    source, target = filled(), Memory()
    copy(source, target)
    target.uploads.clear()
    result = copy(source, target)
    assert (result.versions, result.present, result.size) == (0, 15, 0)
    assert target.uploads == []


def test_interrupted_copy_continues() -> None:
    source, target = filled(), Memory()
    target.fails_after = 9
    with pytest.raises(UserError, match="no space left"):
        copy(source, target)
    assert target.manifests != source.manifests
    target.fails_after = 10**6
    copy(source, target)
    assert target.manifests == source.manifests
    assert target.blobs == source.blobs
    assert len(target.uploads) == len(source.blobs), "no blob is sent twice"


def test_other_content_is_not_overwritten() -> None:
    source, target = filled(), Memory()
    kept = target.push("packs/0", "1.0.0", b"another pack")
    result = copy(source, target)
    assert result.different == ["packs/0:1.0.0"]
    assert target.manifests["packs/0", "1.0.0"] == kept
    assert result.versions == 14, "the others are copied"


def test_missing_child_is_reported() -> None:
    source = Memory()
    text = json.dumps({"manifests": [{"digest": "sha256:1"}]})
    source.store("packs/index", "2.0.0", Manifest(text.encode(), INDEX))
    with pytest.raises(UserError, match="The manifest sha256:1 of packs/index is missing"):
        copy(source, Memory())
