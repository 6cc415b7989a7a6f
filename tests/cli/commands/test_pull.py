"""``make pull``: the directory that it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands.fakes import run
from tests.cli.commands.pack_fakes import ARCHIVE, use_registry
from tests.packs.memory import Memory, archive_of, pack_files
from tests.support.commands import FakePulumi


@pytest.fixture
def registry(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Memory:
    made = use_registry(pulumi, monkeypatch)
    made.push(f"{ARCHIVE}/hello", "1.0.0", archive_of(pack_files()))
    made.push(f"{ARCHIVE}/team/hello", "1.0.0", archive_of(pack_files()))
    monkeypatch.chdir(tmp_path)
    return made


@pytest.mark.parametrize(
    ("pack", "directory"),
    [
        ("hello:1.0.0", "hello-1.0.0"),
        ("team/hello:1.0.0", "team-hello-1.0.0"),
        (f"{ARCHIVE}/hello:1.0.0", "hello-1.0.0"),
    ],
)
def test_default_directory(registry: Memory, pack: str, directory: str, tmp_path: Path) -> None:
    result = run("pull", "--pack", pack)
    assert result.exit_code == 0, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == [directory]
    assert (tmp_path / directory / "pack.json").is_file()
    digest = registry.manifests[f"{ARCHIVE}/hello", "1.0.0"].digest
    name = pack.removeprefix(f"{ARCHIVE}/")
    assert result.stderr == f"> Wrote {name} to {directory}: 3 files, 105 bytes ({digest}).\n"


def test_other_directory(registry: Memory, tmp_path: Path) -> None:
    assert run("pull", "--pack", "hello:1.0.0", "--file", "packs/hello").exit_code == 0
    assert (tmp_path / "packs" / "hello" / "pack.json").is_file()
    again = run("pull", "--pack", "hello:1.0.0", "--file", "packs/hello")
    assert again.exit_code == 1
    assert "The directory packs/hello is not empty. Remove it, or set FILE" in again.stderr


def test_unwritable_directory(registry: Memory, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("pull", "--pack", "hello:1.0.0", "--file", "file/hello")
    assert result.exit_code == 1
    assert "can't be written (" in result.stderr


@pytest.mark.parametrize("pack", ["", "hello", "hello:", "../a:1", "Hello:1", "hello:1:2"])
def test_invalid_reference(registry: Memory, pack: str) -> None:
    result = run("pull", "--pack", pack)
    assert result.exit_code == 1
    assert "for example, PACK=nginx:1.0.0" in result.stderr.replace("\n", " ")


def test_pack_registry(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    use_registry(pulumi, monkeypatch, flavor="pack")
    result = run("pull", "--pack", "hello:1.0.0", "--file", "my packs")
    assert result.exit_code == 1
    assert (
        "`spectro pack pull hello:1.0.0 'my packs' --registry-server registry.example.com:8443`"
    ) in result.stderr
