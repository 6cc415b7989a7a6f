"""``make pack-delete``: no other version is deleted, with any kind of server."""

from __future__ import annotations

import json

import pytest

from common.errors import UserError
from packs.deletion import DeletionDisabledError, delete_version
from packs.registry import Manifest
from tests.packs.memory import INDEX, Memory

NAME = "packs/spectro-packs/archive/hello"


def filled() -> Memory:
    registry = Memory()
    for tag, content in (("1.0.0", b"one"), ("1.0.1", b"one"), ("2.0.0", b"two"), ("3", b"three")):
        registry.push(NAME, tag, content)
    index = {"manifests": [{"digest": registry.manifests[NAME, "3"].digest}]}
    registry.store(NAME, "index", Manifest(json.dumps(index).encode(), INDEX))
    return registry


def delete(registry: Memory, version: str) -> list[str]:
    digest = registry.manifests[NAME, version].digest
    return delete_version(registry.client, NAME, version, digest)


def test_manifest_goes_with_last_version() -> None:
    registry = filled()
    digest = registry.manifests[NAME, "2.0.0"].digest
    assert delete(registry, "2.0.0") == []
    assert sorted(registry.tags(NAME)) == ["1.0.0", "1.0.1", "3", "index"]
    assert registry.manifest(NAME, digest) is None


@pytest.mark.parametrize(("version", "other"), [("1.0.0", "1.0.1"), ("3", "index")])
def test_shared_content_stays(version: str, other: str) -> None:
    registry = filled()
    digest = registry.manifests[NAME, version].digest
    assert delete(registry, version) == [other]
    assert registry.manifest(NAME, version) is None
    assert registry.manifest(NAME, other) is not None
    assert registry.manifest(NAME, digest) is not None


@pytest.mark.parametrize(("version", "other"), [("1.0.0", "1.0.1"), ("3", "index")])
def test_shared_content_on_old_server(version: str, other: str) -> None:
    registry = filled()
    registry.is_old = True
    before = dict(registry.manifests)
    with pytest.raises(UserError, match=f"has the same content as {other}, and this server"):
        delete(registry, version)
    assert registry.manifests == before


def test_single_version_on_old_server() -> None:
    registry = filled()
    registry.is_old = True
    assert delete(registry, "2.0.0") == []
    assert sorted(registry.tags(NAME)) == ["1.0.0", "1.0.1", "3", "index"]


def test_disabled_deletion() -> None:
    registry = filled()
    registry.refuses = True
    before = dict(registry.manifests)
    with pytest.raises(DeletionDisabledError, match=r"hello:2\.0\.0 is still there"):
        delete(registry, "2.0.0")
    assert registry.manifests == before


def test_changed_version_is_kept() -> None:
    registry = filled()
    digest = registry.manifests[NAME, "2.0.0"].digest
    registry.push(NAME, "2.0.0", b"new")
    with pytest.raises(UserError, match="was pushed again meanwhile"):
        delete_version(registry.client, NAME, "2.0.0", digest)
    assert registry.manifest(NAME, "2.0.0") is not None


def test_version_that_comes_back() -> None:
    registry = filled()

    class Mirror(Memory):
        def delete_manifest(self, name: str, reference: str) -> int:
            return 202

    mirror = Mirror()
    mirror.manifests = registry.manifests
    with pytest.raises(UserError, match="but still has it"):
        delete(mirror, "2.0.0")
