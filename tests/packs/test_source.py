"""Packs as directories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from common.errors import UserError
from packs.source import MAX_PACK_FILE, pack_directories, read_pack
from tests.packs.checks.building import build, deep_directories, pack_json


def found(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in pack_directories(root)]


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def test_single_pack(tmp_path: Path) -> None:
    build(tmp_path)
    assert found(tmp_path) == ["."]


def test_packs_at_any_depth(tmp_path: Path) -> None:
    touch(tmp_path / "b/pack.json", tmp_path / "a/x/pack.json", tmp_path / "a/y/pack.json")
    assert found(tmp_path) == ["a/x", "a/y", "b"]


def test_pack_contains_no_pack(tmp_path: Path) -> None:
    touch(tmp_path / "a/pack.json", tmp_path / "a/examples/pack.json")
    assert found(tmp_path) == ["a"]


def test_incomplete_pack_is_found(tmp_path: Path) -> None:
    touch(tmp_path / "a/values.yaml", tmp_path / "a/files/values.yaml", tmp_path / "b/logo.png")
    touch(tmp_path / "c/pack.json")
    assert found(tmp_path) == ["a", "b", "c"]


def test_collection_with_logo_is_no_pack(tmp_path: Path) -> None:
    touch(tmp_path / "logo.png", tmp_path / "packs/a/pack.json", tmp_path / "packs/values.yaml")
    assert found(tmp_path) == ["packs/a"]


def test_chart_is_no_pack(tmp_path: Path) -> None:
    touch(tmp_path / "charts/hello/Chart.yaml", tmp_path / "charts/hello/values.yaml")
    assert found(tmp_path) == []


def test_hidden_directories_and_links_are_skipped(tmp_path: Path) -> None:
    touch(tmp_path / ".git/pack.json", tmp_path / "packs/a/pack.json")
    (tmp_path / "linked").symlink_to("packs")
    assert found(tmp_path) == ["packs/a"]


def test_deep_directories(tmp_path: Path) -> None:
    with deep_directories(tmp_path, 1500) as deepest:
        (deepest / "pack.json").touch()
        assert pack_directories(tmp_path) == [deepest]


def test_unreadable_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", deny)
    with pytest.raises(UserError, match=r"can't be read: Permission denied\.$"):
        pack_directories(tmp_path)


def test_read_pack(tmp_path: Path) -> None:
    build(tmp_path, {"pack.json": "\ufeff" + pack_json()})
    pack = read_pack(tmp_path)
    assert (pack.name, pack.version, pack.display_name, pack.layer) == (
        "hello",
        "1.0.0",
        "Hello",
        "addon",
    )
    assert pack.reference == "hello:1.0.0"


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000, "\ud800"])
def test_read_wrong_pack(text: str, tmp_path: Path) -> None:
    (tmp_path / "pack.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UserError, match="make pack-check PACK="):
        read_pack(tmp_path)


def test_pack_file_that_is_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pack.json")
    with pytest.raises(UserError, match=r"pack\.json can't be read"):
        read_pack(tmp_path)


def test_huge_pack_file(tmp_path: Path) -> None:
    (tmp_path / "pack.json").write_bytes(b" " * (MAX_PACK_FILE + 1))
    with pytest.raises(UserError, match=r"pack\.json can't be read"):
        read_pack(tmp_path)
