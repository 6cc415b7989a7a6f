"""The list of packs: what it shows, what it skips, and how much it reads."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from common.packs import CREATED
from packs.annotations import DISPLAY_NAME, LAYER
from packs.listing import PackVersion, list_pack_registry, list_packs, sorted_tags
from packs.registry import Manifest
from packs.unpacking import MAX_SEARCHED
from tests.packs.memory import INDEX, Memory, archive_of, pack_files

ARCHIVE = "packs/spectro-packs/archive"
ANNOTATIONS = {LAYER: "csi", DISPLAY_NAME: "Hello!", CREATED: "2026-11-26T06:55:41Z"}


def only(registry: Memory) -> PackVersion:
    (version,) = list_packs(registry.client, "packs").versions
    return version


def test_annotations_are_enough() -> None:
    registry = Memory()
    manifest = registry.push(f"{ARCHIVE}/hello", "1.0.0", b"x" * 9, annotations=ANNOTATIONS)
    assert only(registry) == PackVersion(
        "hello", "1.0.0", "csi", "Hello!", manifest.digest, 9, "2026-11-26T06:55:41Z"
    )
    assert registry.read == 0


def test_archive_without_annotations() -> None:
    registry = Memory()
    registry.push(f"{ARCHIVE}/hello", "1.0.0", archive_of(pack_files(layer="os")))
    found = only(registry)
    assert (found.layer, found.display_name, found.pushed) == ("os", "Hello", "")


def test_archive_is_read_up_to_pack_file() -> None:
    registry = Memory()
    files = {**pack_files(), "hello-1.0.0/charts/big.tgz": os.urandom(2**20)}
    registry.push(f"{ARCHIVE}/hello", "1.0.0", archive_of(files))
    assert only(registry).layer == "addon"
    assert registry.read < 2**16


def test_bomb_is_read_in_part() -> None:
    registry = Memory()
    bomb = archive_of({"hello-1.0.0/zeros": bytes(MAX_SEARCHED), **pack_files()})
    registry.push(f"{ARCHIVE}/hello", "1.0.0", bomb)
    assert only(registry).layer == ""


UNREADABLE = {
    "empty": b"",
    "text": b"no archive",
    "damaged": b"\x1f\x8bdamaged",
    "cut off": archive_of(pack_files())[:100],
    "deep": archive_of({"hello/pack.json": b"[" * 100_000}),
    "list": archive_of({"hello/pack.json": b'["a list"]'}),
    "object as layer": archive_of({"hello/pack.json": b'{"layer": {"a": 1}}'}),
    "other file": archive_of({"a/b/pack.json": b'{"layer": "of another file"}'}),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_archive(case: str) -> None:
    registry = Memory()
    registry.push(f"{ARCHIVE}/hello", "1.0.0", UNREADABLE[case])
    assert only(registry).layer == ""


@pytest.mark.parametrize(
    "content",
    [
        {"layers": [], "annotations": ["a list"]},
        {"layers": "text"},
        {"annotations": {LAYER: 1, DISPLAY_NAME: None, CREATED: "yesterday"}},
        {"layers": [{"size": -1, "digest": "sha256:0"}], "annotations": {LAYER: "os"}},
    ],
)
def test_odd_manifest(content: dict[str, Any]) -> None:
    registry = Memory()
    name = f"{ARCHIVE}/hello"
    registry.store(name, "1.0.0", Manifest(json.dumps(content).encode(), INDEX))
    found = only(registry)
    assert (found.size, found.pushed, found.display_name) == (None, "", "")


def test_other_repositories_are_counted() -> None:
    registry = Memory()
    for name in ("hello", "team/hello"):
        registry.push(f"{ARCHIVE}/{name}", "1.0.0", b"x", annotations=ANNOTATIONS)
    registry.push(f"{ARCHIVE}-old/hello", "1.0.0", b"x")
    registry.push("other", "1.0.0", b"x")
    registry.manifests["pack-registry-verification", "sha256:0"] = Manifest(b"{}", INDEX)
    found = list_packs(registry.client, "packs")
    assert [each.name for each in found.versions] == ["hello", "team/hello"]
    assert found.others == 2, "not the empty repository of the verification"


def test_empty_base_path() -> None:
    registry = Memory()
    registry.push("spectro-packs/archive/hello", "1.0.0", b"x", annotations=ANNOTATIONS)
    (found,) = list_packs(registry.client, "").versions
    assert found.name == "hello"


def test_versions_are_sorted_as_numbers() -> None:
    assert sorted_tags(["1.10.0", "1.9.0", "1.9.0-rc1", "2"]) == [
        "1.9.0-rc1",
        "1.9.0",
        "1.10.0",
        "2",
    ]


def test_pack_registry_lists_names() -> None:
    registry = Memory()
    registry.push("hello", "1.0.0", b"x")
    registry.push("other", "2.0.0", b"x")
    registry.without_tags = {"other"}
    found = list_pack_registry(registry.client).versions
    assert [(each.name, each.version) for each in found] == [("hello", "1.0.0"), ("other", "")]
    assert {each.size for each in found} == {None}
