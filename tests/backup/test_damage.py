"""Damaged backups are refused before anything is written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from backup.digests import sha256
from backup.directory_target import DirectoryTarget
from backup.errors import BackupError
from backup.manifest import FORMAT
from backup.target import open_target
from backup.verify import verify_backup
from tests.backup.fakes import STACK, MemorySource, Quiet, back_up, reader
from tests.backup.test_backup import keys, packs


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    back_up(packs(), DirectoryTarget(tmp_path / "backups"))
    return tmp_path / "backups"


def verify(place: Path, identities: object = None) -> None:
    found = reader(open_target(str(place), to_write=False), identities)
    verify_backup(found, found.manifest(found.find(STACK, "")), Quiet())


def flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


def files_of(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def test_flipped_byte_in_any_file(directory: Path) -> None:
    for path in files_of(directory):
        for position in (0, path.stat().st_size // 2, -1):
            flip(path, position)
            with pytest.raises(BackupError, match="is damaged"):
                verify(directory)
            flip(path, position)
    verify(directory)


def test_any_file_cut_off_or_missing(directory: Path) -> None:
    for path in files_of(directory / "content"):
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        with pytest.raises(BackupError, match="are missing or cut off"):
            verify(directory)
        path.unlink()
        with pytest.raises(BackupError, match="are missing or cut off"):
            verify(directory)
        path.write_bytes(content)


def test_flipped_byte_in_encrypted_file(tmp_path: Path) -> None:
    recipients, identities = keys(tmp_path)
    back_up(packs(), DirectoryTarget(tmp_path / "backups"), recipients)
    verify(tmp_path / "backups", identities)
    for path in files_of(tmp_path / "backups"):
        flip(path, -1)
        with pytest.raises(BackupError, match="is damaged"):
            verify(tmp_path / "backups", identities)
        flip(path, -1)


def test_tar_cut_off_anywhere(tmp_path: Path) -> None:
    place = tmp_path / "backup.tar"
    back_up(packs(), open_target(str(place), to_write=True))
    content = place.read_bytes()
    for size in range(0, len(content.rstrip(b"\0")), 997):
        place.write_bytes(content[:size])
        with pytest.raises(BackupError, match=r"is damaged|has no complete backup"):
            verify(place)
    place.write_bytes(content)
    verify(place)


def test_tar_with_flipped_byte(tmp_path: Path) -> None:
    place = tmp_path / "backup.tar"
    back_up(packs(), open_target(str(place), to_write=True))
    for position in range(700, place.stat().st_size // 2, 499):
        before = place.read_bytes()
        flip(place, position)
        changed_padding = before[position] == 0
        try:
            verify(place)
        except BackupError:
            pass
        else:
            assert changed_padding, "a change of content or headers is found"
        place.write_bytes(before)


@pytest.mark.parametrize(("version", "age"), [(FORMAT + 1, "a newer"), (0, "an older")])
def test_other_format(directory: Path, version: int, age: str) -> None:
    (path,) = (directory / "backups").iterdir()
    content = json.loads(gzip.decompress(path.read_bytes())) | {
        "format": version,
        "program": "9.9.9",
    }
    replace_manifest(path, json.dumps(content).encode())
    with pytest.raises(BackupError, match=rf"from {age} version of this program \(9.9.9\)"):
        verify(directory)


def test_older_program_of_same_format(directory: Path) -> None:
    (path,) = (directory / "backups").iterdir()
    content = json.loads(gzip.decompress(path.read_bytes())) | {"program": "0.0.1"}
    replace_manifest(path, json.dumps(content).encode())
    verify(directory)


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b", "a//b", "a\nb", ""])
def test_path_outside_of_directory(directory: Path, path: str) -> None:
    (file,) = (directory / "backups").iterdir()
    content = json.loads(gzip.decompress(file.read_bytes()))
    content["files"][0]["path"] = path
    replace_manifest(file, json.dumps(content).encode())
    with pytest.raises(BackupError, match="invalid path"):
        verify(directory)


def replace_manifest(path: Path, content: bytes) -> None:
    name = path.name.rsplit("-", 1)[0]
    path.unlink()
    stored = gzip.compress(content)
    (path.parent / f"{name}-{sha256(stored)[:16]}.json.gz").write_bytes(stored)


def test_missing_layer(tmp_path: Path) -> None:
    """All files are whole, and a version lacks one."""
    back_up(packs(), DirectoryTarget(tmp_path / "backups"))
    (path,) = (tmp_path / "backups" / "backups").iterdir()
    content = json.loads(gzip.decompress(path.read_bytes()))
    content["files"] = [file for file in content["files"] if "_layers" not in file["path"]]
    replace_manifest(path, json.dumps(content).encode())
    with pytest.raises(BackupError, match=r"not whole: packs/istio:1\.0\.0, "):
        verify(tmp_path / "backups")


def test_broken_version_of_the_registry(tmp_path: Path) -> None:
    """What the registry can't serve is listed, and everything else is restorable."""
    source = MemorySource()
    source.push("packs/broken", "1.0.0", b"broken")
    source.push("packs/whole", "1.0.0", b"whole")
    blob = next(path for path, content in source.files.items() if content == b"broken")
    source.files[blob] = b"damage"
    manifest = back_up(source, DirectoryTarget(tmp_path / "backups"))
    assert manifest.broken == ("packs/broken:1.0.0",)
    verify(tmp_path / "backups")
