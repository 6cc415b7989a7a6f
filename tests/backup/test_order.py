"""Copies during pushes: every version is whole, whenever something is pushed or deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from backup.copying import ATTEMPTS
from backup.directory_target import DirectoryTarget
from backup.layout import layout_of
from backup.source import SourceChangedError
from backup.verify import verify_backup
from common.errors import UserError
from tests.backup.fakes import STACK, TAGS, MemorySource, Quiet, back_up, reader

KINDS = [("", False), ("", True), ("zot", False), ("zot", True)]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backup.copying.time.sleep", lambda _: None)


def copied_versions(source: MemorySource, directory: Path) -> dict[str, set[str]]:
    """Back up, check that every version is whole, and return the versions."""
    target = DirectoryTarget(directory)
    manifest = back_up(source, target)
    assert manifest.broken == ()
    found = reader(target)
    verify_backup(found, found.manifest(found.find(STACK, manifest.identifier)), Quiet())
    tags = layout_of(source.pack_format).tags(manifest.files)
    return {repository: set(found) for repository, found in tags.items()}


def once_at(number: int, action: Callable[[], None]) -> Callable[[str], None]:
    count = -1

    def called(_: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            action()

    return called


@pytest.mark.parametrize(("pack_format", "is_listed"), KINDS)
def test_push_at_any_moment(pack_format: str, is_listed: bool, tmp_path: Path) -> None:
    number = 0
    while True:
        source = MemorySource(pack_format, is_listed=is_listed)
        source.push("packs/a", "1.0.0", b"a")
        source.push("packs/z", "1.0.0", b"z")
        done: list[int] = []

        def push(source: MemorySource = source, done: list[int] = done) -> None:
            for repository in ("packs/a", "packs/m", "packs/z"):
                source.push(repository, "2.0.0", repository.encode())
            done.append(1)

        source.on_entry = once_at(number, push)
        versions = copied_versions(source, tmp_path / str(number))
        assert {"packs/a", "packs/z"} <= versions.keys()
        assert "1.0.0" in versions["packs/a"]
        if not done:
            break
        number += 1
    assert number > 8


def test_tag_deleted_at_any_moment(tmp_path: Path) -> None:
    """With its manifest, as clients do. Its blobs stay until a collection."""
    for number in range(30):
        source = MemorySource()
        source.push("packs/a", "1.0.0", b"a")
        source.push("packs/a", "2.0.0", b"b")

        def delete(source: MemorySource = source) -> None:
            source.delete_tag("packs/a", "1.0.0")
            digest = source.files[f"{TAGS.format('packs/a', '2.0.0')}/current/link"].decode()
            for path in [path for path in source.files if "/revisions/" in path]:
                if digest.replace(":", "/") not in path:
                    del source.files[path]

        source.on_entry = once_at(number, delete)
        assert "2.0.0" in copied_versions(source, tmp_path / str(number))["packs/a"]


def test_tag_deleted_between_tags_and_manifests(tmp_path: Path) -> None:
    source = MemorySource()
    source.push("packs/a", "1.0.0", b"a")
    source.push("packs/b", "1.0.0", b"b")
    manifests = [path for path in source.files if "/packs/a/_manifests/revisions" in path]

    def delete(path: str) -> None:
        if len(source.walks) == 2 and manifests:
            source.delete_tag("packs/a", "1.0.0")
            del source.files[manifests.pop()]

    source.on_entry = delete
    assert copied_versions(source, tmp_path) == {"packs/b": {"1.0.0"}}


def test_incomplete_link_is_read_again(tmp_path: Path) -> None:
    """Distribution 2 writes a link in place: for a moment, it is empty."""
    source = MemorySource()
    source.push("packs/a", "1.0.0", b"a")
    link = f"{TAGS.format('packs/a', '1.0.0')}/current/link"
    whole, source.files[link] = source.files[link], b""

    def complete(path: str) -> None:
        if path == link and source.opened.count(link) == 2:
            source.files[link] = whole

    source.on_open = complete
    assert copied_versions(source, tmp_path) == {"packs/a": {"1.0.0"}}
    assert source.opened.count(link) == 2


def test_incomplete_index_is_read_again(tmp_path: Path) -> None:
    """zot writes an index in place, too."""
    source = MemorySource("zot")
    source.push("packs/a", "1.0.0", b"a")
    path = "packs/a/index.json"
    whole, source.files[path] = source.files[path], source.files[path][:20]

    def complete(_: str) -> None:
        source.files[path] = whole

    source.on_open = complete
    assert copied_versions(source, tmp_path) == {"packs/a": {"1.0.0"}}


def test_zot_version_deleted_after_its_index_was_read(tmp_path: Path) -> None:
    source = MemorySource("zot")
    source.push("packs/a", "1.0.0", b"a")

    def replace(path: str) -> None:
        if path.endswith("oci-layout") and source.files:
            index = json.loads(source.files["packs/a/index.json"])
            if len(index["manifests"]) == 1:
                source.push("packs/a", "2.0.0", b"later")
                index = json.loads(source.files["packs/a/index.json"])
                index["manifests"] = index["manifests"][1:]
                source.files["packs/a/index.json"] = json.dumps(index).encode()

    source.on_entry = replace
    versions = copied_versions(source, tmp_path)
    assert versions["packs/a"] in ({"1.0.0"}, {"2.0.0"})


def test_archive_that_ends_too_early(tmp_path: Path) -> None:
    source = MemorySource("zot")
    source.push("packs/a", "1.0.0", b"a")

    def fail(_: str) -> None:
        if len(source.walks) < ATTEMPTS:
            raise SourceChangedError("Docker ended the archive too early")

    source.on_entry = fail
    assert copied_versions(source, tmp_path) == {"packs/a": {"1.0.0"}}
    source.walks.clear()
    source.on_entry = lambda _: (_ for _ in ()).throw(SourceChangedError("it ended"))
    with pytest.raises(UserError, match=r"The packs could not be read: it ended\."):
        back_up(source, DirectoryTarget(tmp_path / "other"))


def test_few_new_blobs_are_read_alone(tmp_path: Path) -> None:
    source, target = MemorySource(), DirectoryTarget(tmp_path)
    for number in range(60):
        source.push("packs/a", f"1.{number}.0", f"content {number}".encode())
    back_up(source, target)
    assert source.walks.count("docker/registry/v2/blobs") == 1
    assert not source.opened
    source.push("packs/a", "2.0.0", b"new")
    back_up(source, target)
    assert source.walks.count("docker/registry/v2/blobs") == 1
    assert len(source.opened) == 2, "a manifest and a layer"


def test_uploads_and_databases_are_left_out(tmp_path: Path) -> None:
    for pack_format in ("", "zot"):
        source = MemorySource(pack_format)
        source.push("packs/a", "1.0.0", b"a")
        expected = set(source.files)
        source.files |= {
            "docker/registry/v2/repositories/packs/a/_uploads/1/data": b"part",
            "packs/a/.uploads/1": b"part",
            "packs/a/.uploads/index.json": b"part",
            "meta.db": b"database",
            "cache.db": b"database",
            "_sessions/1": b"session",
        }
        manifest = back_up(source, DirectoryTarget(tmp_path / pack_format / "x"))
        assert {file.path for file in manifest.files} == expected
