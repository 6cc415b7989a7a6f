"""The copy of all packs between two registries, which are in memory."""

from __future__ import annotations

import json

import pytest

from common.errors import UserError
from packs.copy import Copied, copy_packs
from packs.registry import Manifest
from tests.packs.memory import INDEX, Memory


def copy(source: Memory, target: Memory) -> Copied:
    return copy_packs(source.client, target.client, lambda *_: None)


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
