"""``make pull``: the directory appears as a whole, or not at all."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from common.errors import UserError
from packs import pull
from packs.pull import pull_pack
from packs.registry import Manifest
from tests.packs.memory import INDEX, Memory, archive_of, pack_files

NAME = "packs/spectro-packs/archive/hello"


@pytest.fixture
def registry() -> Memory:
    made = Memory()
    made.push(NAME, "1.0.0", archive_of(pack_files()))
    return made


def failure(registry: Memory, target: Path, version: str = "1.0.0", name: str = NAME) -> str:
    with pytest.raises(UserError) as raised:
        pull_pack(registry.client, name, version, target)
    return str(raised.value)


def test_files_are_written(registry: Memory, tmp_path: Path) -> None:
    target = tmp_path / "packs" / "hello-1.0.0"
    pulled = pull_pack(registry.client, NAME, "1.0.0", target)
    files = pack_files()
    assert {
        f"hello-1.0.0/{path.relative_to(target)}": path.read_bytes()
        for path in target.rglob("*")
        if path.is_file()
    } == files
    assert pulled.files == 3
    assert pulled.size == sum(map(len, files.values()))
    assert pulled.digest == registry.manifests[NAME, "1.0.0"].digest
    assert list(target.parent.iterdir()) == [target]
    assert stat.S_IMODE(target.stat().st_mode) & 0o500 == 0o500


def test_empty_directory_is_used(registry: Memory, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    pull_pack(registry.client, NAME, "1.0.0", tmp_path / "a")
    assert (tmp_path / "a" / "pack.json").is_file()


def test_used_targets_are_refused(registry: Memory, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "x").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    before = sorted(tmp_path.rglob("*"))
    assert "is not empty" in failure(registry, tmp_path / "used")
    for name in ("file", "link"):
        assert "is not a directory" in failure(registry, tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


def test_missing_versions_are_named(registry: Memory, tmp_path: Path) -> None:
    registry.push(NAME, "1.10.0", b"x")
    registry.push(NAME, "1.9.0", b"x")
    assert failure(registry, tmp_path / "a", "3.0.0") == (
        "The registry has no version 3.0.0 of the pack hello. It has 1.0.0, 1.9.0, 1.10.0."
    )
    similar = failure(registry, tmp_path / "a", "v1.9.0")
    assert similar.endswith('It has 1.0.0, 1.9.0, 1.10.0. Did you mean "1.9.0"?')
    missing = failure(registry, tmp_path / "a", name=f"{NAME}s")
    assert missing == (
        f'The registry has no pack hellos (repository {NAME}s). Did you mean "hello"?'
    )


def test_long_list_of_versions(registry: Memory, tmp_path: Path) -> None:
    for number in range(40):
        registry.push(NAME, f"2.{number}", b"x")
    text = failure(registry, tmp_path / "a", "3.0.0")
    assert text.endswith("2.38, 2.39 and 21 more.")


def test_failure_leaves_nothing(registry: Memory, tmp_path: Path) -> None:
    registry.push(NAME, "2.0.0", archive_of({"x": b"", **pack_files()})[:-40])
    assert "was not unpacked" in failure(registry, tmp_path / "a", "2.0.0")
    assert list(tmp_path.iterdir()) == []


def test_interrupt_leaves_nothing(
    registry: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: Path, directory: Path) -> Path:
        (directory / "half").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(pull, "unpack", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pull_pack(registry.client, NAME, "1.0.0", tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_other_artifacts_are_refused(registry: Memory, tmp_path: Path) -> None:
    registry.push(NAME, "2.0.0", b"a", b"b")
    assert "its manifest has 2 files instead of one archive" in failure(
        registry, tmp_path / "a", "2.0.0"
    )
    index = {"manifests": [{"digest": "sha256:0"}]}
    registry.store(NAME, "3.0.0", Manifest(json.dumps(index).encode(), INDEX))
    assert "has 0 files" in failure(registry, tmp_path / "a", "3.0.0")


def test_large_archive_is_refused(
    registry: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "MAX_ARCHIVE", 10)
    assert "Packs have at most 10" in failure(registry, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
