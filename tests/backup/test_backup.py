"""A backup and its restore, in each place and with each layout."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyrage
import pytest

from backup.encryption import Identities, Recipients
from backup.errors import BackupError
from backup.restore import is_restorable, restore_packs
from backup.verify import check_server, verify_backup
from tests.backup.conftest import Open
from tests.backup.fakes import STACK, MemoryPlace, MemorySource, Quiet, back_up, reader

FORMATS = ("", "oci", "zot")


def packs(pack_format: str = "") -> MemorySource:
    source = MemorySource(pack_format)
    source.push("packs/nginx", "1.0.0", b"nginx" * 5000)
    source.push("packs/nginx", "1.1.0", b"nginx")
    source.push("packs/istio", "1.0.0", b"istio")
    return source


def keys(directory: Path) -> tuple[Recipients, Identities]:
    identity = pyrage.x25519.Identity.generate()
    (directory / "recipients").write_text(f"# a comment\n{identity.to_public()}\n")
    (directory / "identity").write_text(f"{identity}\n")
    return Recipients(directory / "recipients"), Identities(directory / "identity")


@pytest.mark.parametrize("pack_format", FORMATS)
def test_restored_files_are_the_same(opened: Open, pack_format: str) -> None:
    source = packs(pack_format)
    back_up(source, opened(to_write=True))
    found = reader(opened(to_write=False))
    manifest = found.manifest(found.find(STACK, ""))
    verify_backup(found, manifest, Quiet())
    place = MemoryPlace(pack_format)
    assert is_restorable(place, manifest)
    restore_packs(place, found, manifest, Quiet())
    assert place.source.files == source.files
    assert place.written == [file.path for file in reversed(manifest.files)]
    assert not is_restorable(place, manifest), "it has packs now"
    assert manifest.owner == source.owner


def test_blobs_are_written_before_tags(opened: Open) -> None:
    back_up(packs(), opened(to_write=True))
    found = reader(opened(to_write=False))
    place = MemoryPlace()
    restore_packs(place, found, found.manifest(found.find(STACK, "")), Quiet())
    kinds = ["/blobs/", "/_layers/", "/revisions/", "/tags/"]
    order = [next(n for n, kind in enumerate(kinds) if kind in path) for path in place.written]
    assert order == sorted(order)


def test_encrypted(opened: Open, tmp_path: Path) -> None:
    recipients, identities = keys(tmp_path)
    source = packs()
    back_up(source, opened(to_write=True), recipients)
    target = opened(to_write=False)
    with pytest.raises(BackupError, match=r"is encrypted\. Set IDENTITY"):
        reader(target).manifest(reader(target).find(STACK, ""))
    (tmp_path / "other").mkdir()
    other = reader(target, keys(tmp_path / "other")[1])
    with pytest.raises(BackupError, match="encrypted for other keys"):
        other.manifest(other.find(STACK, ""))
    found = reader(target, identities)
    manifest = found.manifest(found.find(STACK, ""))
    verify_backup(found, manifest, Quiet())
    place = MemoryPlace()
    restore_packs(place, found, manifest, Quiet())
    assert place.source.files == source.files
    for key in [*target.sizes("backups"), *target.sizes(manifest.content)]:
        with target.open(key) as file:
            assert file.read().startswith(b"age-encryption.org/v1")


def test_other_recipients_get_everything(tmp_path: Path) -> None:
    from backup.directory_target import DirectoryTarget

    source, target = packs(), DirectoryTarget(tmp_path / "backups")
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        recipients, identities = keys(tmp_path / name)
        back_up(source, target, recipients)
        found = reader(target, identities)
        verify_backup(found, found.manifest(found.find(STACK, "")), Quiet())


@pytest.mark.parametrize("place", ["directory", "bucket"], indirect=True)
@pytest.mark.parametrize("pack_format", ["", "zot"])
def test_second_backup_sends_only_what_is_new(opened: Open, pack_format: str) -> None:
    from backup.store import BackupWriter

    source = packs(pack_format)
    first = back_up(source, opened(to_write=True))
    before = {path: bytes(content) for path, content in source.files.items()}
    source.push("packs/istio", "1.1.0", b"new content")
    writer = BackupWriter(opened(to_write=True), None)
    known = set(writer.known)
    back_up(source, opened(to_write=True))
    sent = set(BackupWriter(opened(to_write=True), None).known) - known
    assert len(sent) == 2, "a manifest and a layer"

    found = reader(opened(to_write=False))
    assert next(each.name for each in found.backups()) == first.identifier
    old = found.manifest(found.find(STACK, first.identifier))
    verify_backup(found, old, Quiet())
    place = MemoryPlace(pack_format)
    restore_packs(place, found, old, Quiet())
    assert place.source.files == before


def test_interrupted_backup_is_none(opened: Open) -> None:
    source = packs()

    def interrupt(path: str) -> None:
        if "/blobs/" in path:
            raise KeyboardInterrupt

    source.on_entry = source.on_open = interrupt
    with pytest.raises(KeyboardInterrupt):
        back_up(source, opened(to_write=True))
    with pytest.raises(BackupError, match=r"does not exist|has no complete backup"):
        reader(opened(to_write=False)).find(STACK, "")
    source.on_entry = source.on_open = lambda _: None
    back_up(source, opened(to_write=True))
    found = reader(opened(to_write=False))
    verify_backup(found, found.manifest(found.find(STACK, "")), Quiet())


def test_interrupted_restore_continues(opened: Open) -> None:
    source = packs()
    target = opened(to_write=True)
    back_up(source, target)
    found = reader(opened(to_write=False))
    manifest = found.manifest(found.find(STACK, ""))
    total = len(manifest.files)
    for written in range(total):
        place = MemoryPlace()
        place.stops_after = written
        with pytest.raises(KeyboardInterrupt):
            restore_packs(place, found, manifest, Quiet())
        assert is_restorable(place, manifest)
        place.stops_after = 10**9
        restore_packs(place, found, manifest, Quiet())
        assert place.source.files == source.files


@pytest.mark.parametrize("place", ["directory"], indirect=True)
def test_interrupted_restore_of_another_backup(opened: Open) -> None:
    back_up(packs(), opened(to_write=True))
    back_up(packs(), opened(to_write=True))
    found = reader(opened(to_write=False))
    old, new = [found.manifest(each) for each in found.backups()]
    place = MemoryPlace()
    place.stops_after = 2
    with pytest.raises(KeyboardInterrupt):
        restore_packs(place, found, old, Quiet())
    with pytest.raises(BackupError, match=f"run the same command with BACKUP={old.identifier}"):
        is_restorable(place, new)


def test_backup_of_another_stack(opened: Open) -> None:
    back_up(packs(), opened(to_write=True), stack="edge")
    found = reader(opened(to_write=False))
    with pytest.raises(BackupError, match="has no backup of stack prod, only of edge"):
        found.find(STACK, "")
    assert found.find("edge", "").stack == "edge"
    with pytest.raises(BackupError, match=r'"other" does not exist\. Must be one of: edge-2'):
        found.find("edge", "other")


@pytest.mark.parametrize(
    ("pack_format", "message"),
    [("zot", "and the stack has zot"), ("oci", "and the stack has CNCF Distribution")],
)
def test_another_server(opened: Open, pack_format: str, message: str) -> None:
    manifest = back_up(packs(), opened(to_write=True))
    check_server(manifest, "")
    with pytest.raises(BackupError, match=message):
        check_server(manifest, pack_format)


@pytest.mark.parametrize("pack_format", ["", "zot"])
def test_cancelled_uploads_are_no_packs(pack_format: str) -> None:
    place: Any = MemoryPlace(pack_format)
    place.source.files = {
        "docker/registry/v2/repositories/packs/_uploads/1/startedat": b"now",
        "pack-registry-verification/.uploads/1": b"part",
        "pack-registry-verification/index.json": b'{"manifests": []}',
        "pack-registry-verification/oci-layout": b"{}",
    }
    from backup.layout import layout_of
    from backup.place import has_packs

    assert not has_packs(place.source, layout_of(pack_format))
    place.source.push("packs/nginx", "1.0.0", os.urandom(10))
    assert has_packs(place.source, layout_of(pack_format))
