"""``make catalog``: what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli import own_file
from packs.catalog import read
from packs.catalog.model import Catalog, grouped
from tests.cli.commands.fakes import OUTPUTS, run
from tests.support.catalog import entry, pack_files, write_pack
from tests.support.commands import FakePulumi

OCI = {
    **OUTPUTS,
    "catalogUrl": "https://registry.example.com/v2/_catalog",
    "adminUsername": "admin",
    "adminPassword": "correct horse battery staple",
    "caCertificate": "",
    "consoleRegistration": {"baseContentPath": "packs"},
}


@pytest.fixture(autouse=True)
def directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(own_file, "STATE", tmp_path / ".state")
    monkeypatch.chdir(tmp_path)
    for name in ("PACK", "FILE", "STACK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_directory(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pack(directory / "packs" / "nginx", pack_files())
    monkeypatch.setenv("PACK", "packs")
    monkeypatch.setenv("FILE", "page.html")
    result = run("catalog")
    assert result.exit_code == 0, result.stderr
    assert "Wrote 1 pack in 1 version to page.html" in result.stderr
    first = (directory / "page.html").read_text()
    assert '"display":"NGINX"' in first
    assert run("catalog").exit_code == 0, "the command replaces its own file"
    assert (directory / "page.html").read_text() == first


def test_notes(directory: Path) -> None:
    write_pack(directory / "packs" / "nginx", pack_files() | {"pack.json": b"{"})
    write_pack(directory / "packs" / "redis", pack_files())
    result = run("catalog", "--pack", "packs")
    assert result.exit_code == 1
    assert "nginx: The pack has no readable pack.json." in result.stderr
    assert "x 1 version can't be shown. The page names the reason of each." in result.stderr
    assert (directory / "catalog.html").exists()


def test_empty_directory(directory: Path) -> None:
    (directory / "packs").mkdir()
    result = run("catalog", "--pack", "packs")
    assert result.exit_code == 1
    assert "PACK: no pack found in packs." in result.stderr
    assert not (directory / "catalog.html").exists()


def test_registry(directory: Path, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def found(client: object, base_content_path: str, report: object) -> Catalog:
        asked.append(base_content_path)
        return Catalog("registry.example.com", "", grouped([entry("nginx")]))

    monkeypatch.setattr(read, "read_registry", found)
    pulumi.answers["stack output"] = (0, json.dumps(OCI), "")
    result = run("catalog")
    assert result.exit_code == 0, result.stderr
    assert asked == ["packs"]
    page = (directory / "catalog.html").read_text()
    assert "registry.example.com" in page
    assert "correct horse" not in page


def test_pack_registry(pulumi: FakePulumi) -> None:
    values = {**OCI, "catalogUrl": "https://registry.example.com/v1/_catalog"}
    pulumi.answers["stack output"] = (0, json.dumps(values), "")
    result = run("catalog")
    assert result.exit_code == 1
    assert (
        "The registry of stack dev has flavor pack, and its packs can't be read." in result.stderr
    )


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"PACK": ""}, "PACK is not set."),
        ({"PACK": "missing"}, 'PACK: "missing" is not a directory.'),
        ({"PACK": "packs", "FILE": ""}, "FILE is empty."),
        ({"PACK": "packs", "FILE": "missing/x.html"}, "FILE: missing/x.html can't be written"),
        ({"PACK": "packs", "FILE": "packs"}, "FILE: packs can't be written"),
        ({"PACK": "packs", "FILE": "mine.html"}, "exists, and this command did not write it"),
        ({"PACK": "packs", "FILE": "link.html"}, "FILE: link.html is a symbolic link."),
    ],
)
def test_refused(
    directory: Path, variables: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pack(directory / "packs" / "nginx", pack_files())
    (directory / "mine.html").write_text("mine")
    (directory / "link.html").symlink_to("mine.html")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = run("catalog")
    assert result.exit_code == 1
    assert message in result.stderr
    assert (directory / "mine.html").read_text() == "mine"
    assert not (directory / "catalog.html").exists()
