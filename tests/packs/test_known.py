"""Contents that earlier pushes found out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from packs import known as module
from packs.archive import Content, archive_content
from packs.known import KnownContents
from tests.support.packs import write_pack


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack whose files are old enough."""
    pack = write_pack(tmp_path / "packs", "nginx", "1.0.0")
    time.sleep(0.02)
    return pack


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The directories whose files were read."""
    found: list[Path] = []

    def read(directory: Path, name: str) -> Content:
        found.append(directory)
        return archive_content(directory, name)

    monkeypatch.setattr(module, "archive_content", read)
    monkeypatch.setattr(module, "RACY_SECONDS", 0.01)
    return found


def test_unchanged_files_are_read_once(pack: Path, reads: list[Path], tmp_path: Path) -> None:
    file = tmp_path / "state" / "packs.json"
    for _ in range(3):
        known = KnownContents.read(file)
        assert known.content(pack, "nginx-1.0.0") == archive_content(pack, "nginx-1.0.0")
        known.write(file)
    assert len(reads) == 1
    assert file.stat().st_mode & 0o077 == 0


def test_changes_are_seen(pack: Path, reads: list[Path]) -> None:
    known = KnownContents()
    values = pack / "values.yaml"

    def rewrite_with_old_time() -> None:
        times = values.stat()
        values.write_text(values.read_text().swapcase())
        os.utime(values, ns=(times.st_atime_ns, times.st_mtime_ns))

    changes: list[Callable[[], object]] = [
        rewrite_with_old_time,
        lambda: values.chmod(0o755),
        lambda: (pack / "new").symlink_to("values.yaml"),
        lambda: values.rename(pack / "other.yaml"),
        (pack / "new").unlink,
    ]
    known.content(pack, "nginx-1.0.0")
    for change in changes:
        change()
        assert known.content(pack, "nginx-1.0.0") == archive_content(pack, "nginx-1.0.0")
    assert len(reads) == 1 + len(changes)
    known.content(pack, "nginx-2.0.0")
    assert len(reads) == 2 + len(changes)


def test_recent_files_are_not_trusted(
    pack: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change in the same moment would not be seen. Nor one under a clock that went back."""
    monkeypatch.setattr(module, "RACY_SECONDS", 3600)
    known = KnownContents()
    for _ in range(2):
        known.content(pack, "nginx-1.0.0")
    assert len(reads) == 2
    assert not known.directories


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 0}', '{"format": 1}', "\ud800"])
def test_damaged_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "packs.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert KnownContents.read(file) == KnownContents()


def test_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ENTRIES", 2)
    known = KnownContents()
    for place in ("a", "b", "c", "b"):
        known.add_version(place, "manifest", Content("content", 1))
    known.write(tmp_path / "packs.json")
    assert list(KnownContents.read(tmp_path / "packs.json").versions) == ["c", "b"]


def test_unwritable_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    KnownContents().write(tmp_path / "file" / "packs.json")
