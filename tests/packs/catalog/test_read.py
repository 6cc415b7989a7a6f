"""What the page reads from a registry and from a directory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from common.errors import UserError
from packs.catalog import model
from packs.catalog.model import NO_PACK_FILE, Catalog, Entry, described
from packs.catalog.read import read_directory, read_registry
from packs.registry import Manifest, PackRegistryClient
from tests.support.catalog import (
    HOSTILE,
    README,
    archive,
    in_directory,
    pack_files,
    png,
    write_pack,
)

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PREFIX = "packs/spectro-packs/archive/"
CREATED = {"org.opencontainers.image.created": "2026-02-03T05:05:06+01:00"}


class Memory:
    """A registry in memory."""

    endpoint = "https://registry.example.com:8443"

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[tuple[str, str], bytes] = {}
        self.fails = False

    def push(self, name: str, tag: str, content: bytes, **more: Any) -> None:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.blobs[digest] = content
        layers = [{"digest": digest, "size": len(content)}]
        manifest = {"layers": layers, "annotations": CREATED, **more}
        self.manifests[name, tag] = json.dumps(manifest).encode()

    def repositories(self) -> Iterator[str]:
        yield from sorted({name for name, _ in self.manifests})

    def tags(self, name: str) -> list[str]:
        return [tag for found, tag in self.manifests if found == name]

    def manifest(self, name: str, reference: str) -> Manifest | None:
        found = self.manifests[name, reference]
        return Manifest(found, MANIFEST) if found else None

    def has_blob(self, _: str, digest: str) -> bool:
        return digest in self.blobs

    def blob_parts(self, _: str, digest: str) -> Iterator[bytes]:
        yield self.blobs[digest][:100]
        if self.fails:
            raise UserError("the connection broke")
        yield self.blobs[digest][100:]


def read(registry: Memory, base: str = "packs") -> Catalog:
    return read_registry(cast(PackRegistryClient, registry), base, lambda *_: None)


def only(catalog: Catalog) -> Entry:
    assert [len(pack.entries) for pack in catalog.packs] == [1]
    return catalog.packs[0].entries[0]


NGINX = archive(in_directory("nginx-1.0.0", pack_files()))


def test_registry() -> None:
    registry = Memory()
    registry.push(f"{PREFIX}nginx", "1.0.0", NGINX)
    found = only(read(registry))
    assert found == Entry(
        name="nginx",
        version="1.0.0",
        reference=f"registry.example.com:8443/{PREFIX}nginx:1.0.0",
        display_name="NGINX",
        summary="This pack installs something that is useful in a cluster.",
        layer="addon",
        addon_type="ingress",
        cloud_types=("all",),
        readme=README,
        values="pack:\n  namespace: nginx\n",
        logo=("image/png", png()),
        size=len(NGINX),
        digest=Manifest(registry.manifests[f"{PREFIX}nginx", "1.0.0"], MANIFEST).digest,
        pushed="2026-02-03T04:05:06+00:00",
    )


def test_only_packs_of_base_content_path() -> None:
    registry = Memory()
    for name in (f"{PREFIX}a", f"other/{PREFIX}b", "spectro-packs/archive/c", "packs/d"):
        registry.push(name, "1.0.0", NGINX)
    assert [pack.name for pack in read(registry).packs] == ["a"]
    assert [pack.name for pack in read(registry, "").packs] == ["c"]


def test_versions_of_registry() -> None:
    registry = Memory()
    for tag in ("1.9.0", "1.10.0", "1.10.0-rc1"):
        registry.push(f"{PREFIX}nginx", tag, NGINX)
    seen: list[tuple[int, int]] = []
    catalog = read_registry(
        cast(PackRegistryClient, registry), "packs", lambda *each: seen.append(each)
    )
    versions = [entry.version for entry in catalog.packs[0].entries]
    assert versions == ["1.10.0", "1.10.0-rc1", "1.9.0"]
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("manifest", "note"),
    [
        (b"no JSON", "It is not a pack: it has no archive."),
        (b"[" * 100_000, "It is not a pack: it has no archive."),
        (b"{}", "It is not a pack: it has no archive."),
        (b'{"layers": {}}', "It is not a pack: it has no archive."),
        (b'{"layers": ["x"]}', "It is not a pack: it has no archive."),
        (b'{"layers": [{"digest": "../x"}]}', "It is not a pack: it has no archive."),
        (b'{"layers": [{"digest": 1}], "annotations": []}', "It is not a pack: it has no archive."),
        (
            json.dumps({"layers": [{"digest": "sha256:" + "0" * 64, "size": -1}]}).encode(),
            "Its archive is missing in the registry. Push it again.",
        ),
    ],
)
def test_manifests_that_are_no_packs(manifest: bytes, note: str) -> None:
    registry = Memory()
    registry.manifests[f"{PREFIX}odd", "1"] = manifest
    assert only(read(registry)).note == note


def test_unreadable_archives() -> None:
    registry = Memory()
    registry.push(f"{PREFIX}broken", "1", b"no archive")
    registry.push(f"{PREFIX}empty", "1", archive({"x/README.md": b"text"}))
    registry.push(f"{PREFIX}nginx", "1", NGINX)
    notes = {pack.name: pack.entries[0].note for pack in read(registry).packs}
    assert notes == {
        "broken": "Its archive can't be shown: it is damaged, or is no tar archive.",
        "empty": NO_PACK_FILE,
        "nginx": "",
    }


def test_broken_connection_is_an_error() -> None:
    registry = Memory()
    registry.push(f"{PREFIX}nginx", "1", NGINX)
    registry.fails = True
    with pytest.raises(UserError, match="the connection broke"):
        read(registry)


def test_deleted_version() -> None:
    registry = Memory()
    registry.manifests[f"{PREFIX}nginx", "1"] = b""
    assert read(registry).packs == []


@pytest.mark.parametrize("created", [None, 1, "", "yesterday", "9999-12-31T23:59:59-23:59", {}])
def test_other_times(created: object) -> None:
    registry = Memory()
    annotations = {"org.opencontainers.image.created": created}
    registry.push(f"{PREFIX}nginx", "1", NGINX, annotations=annotations)
    assert only(read(registry)).pushed == ""


def test_directory(tmp_path: Path) -> None:
    write_pack(tmp_path / "packs" / "nginx", pack_files())
    write_pack(tmp_path / "packs" / "old" / "nginx", pack_files(version="0.9.0"))
    catalog = read_directory(tmp_path / "packs")
    assert (catalog.source, catalog.read_at) == ("packs", "")
    entries = catalog.packs[0].entries
    assert [entry.reference for entry in entries] == ["nginx:1.0.0", "nginx:0.9.0"]
    assert entries[0].size == sum(map(len, pack_files().values()))
    assert entries[0].readme == README


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("password")
    write_pack(tmp_path / "nginx", pack_files())
    for name, target in (("README.md", "../secret"), ("values.yaml", "/etc/hostname")):
        (tmp_path / "nginx" / name).unlink()
        (tmp_path / "nginx" / name).symlink_to(target)
    found = only(read_directory(tmp_path / "nginx"))
    assert (found.readme, found.values) == ("", "")
    assert found.display_name == "NGINX"


def test_pipes_are_not_read(tmp_path: Path) -> None:
    write_pack(tmp_path / "nginx", pack_files())
    (tmp_path / "nginx" / "README.md").unlink()
    os.mkfifo(tmp_path / "nginx" / "README.md")
    (tmp_path / "nginx" / "values.yaml").unlink()
    (tmp_path / "nginx" / "values.yaml").mkdir()
    assert only(read_directory(tmp_path)).display_name == "NGINX"


def test_files_of_a_page_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        write_pack(tmp_path / version, pack_files(version=version))
    found = read_directory(tmp_path).packs[0].entries[0]
    assert found.logo
    size = len(found.readme) + len(found.values) + len(found.logo[1])
    monkeypatch.setattr(model, "MAX_FILES", 2 * size)
    entries = read_directory(tmp_path).packs[0].entries
    assert [entry.note for entry in entries] == [model.TOO_MANY, "", ""]
    assert [bool(entry.readme) for entry in entries] == [False, True, True]
    assert entries[0].display_name == "NGINX"


def test_empty_directory(tmp_path: Path) -> None:
    directory = tmp_path / "a\u202eb\udcff"
    directory.mkdir()
    assert read_directory(directory) == Catalog("a[U+202E]b[U+DCFF]")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 10**5, b"1" * 10**5, b"NaN"],
)
def test_unreadable_pack_file(content: bytes, tmp_path: Path) -> None:
    write_pack(tmp_path / "nginx", pack_files() | {"pack.json": content})
    found = only(read_directory(tmp_path))
    assert (found.name, found.note) == ("nginx", NO_PACK_FILE)
    assert found.readme == README


@pytest.mark.parametrize("value", [None, 1, -1.5, True, [], ["x"], [[]], {}, {"a": {}}, *HOSTILE])
def test_any_value_in_pack_file(value: object) -> None:
    keys = ("displayName", "layer", "addonType", "cloudTypes", "annotations", "description")
    for key in keys:
        assert described(pack_files(**{key: value}), name="x", version="1", reference="x:1")
    facts = dict.fromkeys(keys, value) | {
        "cloudTypes": [value],
        "annotations": {"description": value},
    }
    found = described(pack_files(**facts), name="x", version="1", reference="x:1")
    assert all(
        isinstance(text, str) for text in (found.display_name, found.layer, *found.cloud_types)
    )
