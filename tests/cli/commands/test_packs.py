"""``make packs``: the table, the JSON, and what Palette has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.commands import packs
from cli.palette_sync import PaletteView
from common.packs import CREATED
from packs.annotations import DISPLAY_NAME, LAYER
from packs.registry import Manifest
from tests.cli.commands.fakes import run
from tests.cli.commands.pack_fakes import ARCHIVE, use_registry
from tests.packs.memory import Memory
from tests.support.commands import FakePulumi

VIEW = PaletteView("packs", "Success", "2026-11-25T23:10:00.000Z", {"hello": "1.1.0", "x": "1"})


@pytest.fixture
def registry(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> Memory:
    made = use_registry(pulumi, monkeypatch)
    show(monkeypatch, None)
    return made


def show(monkeypatch: pytest.MonkeyPatch, view: PaletteView | None) -> None:
    monkeypatch.setattr(packs, "palette_view", lambda _: view)


def push(registry: Memory, name: str, version: str, **annotations: Any) -> str:
    texts = {LAYER: "addon", DISPLAY_NAME: "Hello", CREATED: "2026-11-26T08:55:41+02:00"}
    content = f"{name} {version}".encode()
    found = {**texts, **annotations}
    return registry.push(f"{ARCHIVE}/{name}", version, content, annotations=found).digest


def test_table(registry: Memory) -> None:
    digest = push(registry, "hello", "1.10.0")
    push(registry, "hello", "1.9.0", **{LAYER: "", CREATED: ""})
    registry.push("other", "1.0.0", b"x")
    result = run("packs", "--stack", "prod")
    header, old, new = result.stdout.splitlines()
    assert header.split() == ["NAME", "VERSION", "LAYER", "SIZE", "DIGEST", "PUSHED"]
    assert old.split()[:5] == ["hello", "1.9.0", "-", "11", "bytes"]
    assert old.endswith(" -")
    cells = ["hello", "1.10.0", "addon", "12", "bytes", digest[:19], "2026-11-26", "06:55"]
    assert new.split() == cells
    assert "> 1 pack, 2 versions, 23 bytes in the registry of stack prod.\n" in result.stderr
    assert (
        "> 1 other repository is not below packs/spectro-packs/archive/, where Palette looks for "
        "packs.\n"
    ) in result.stderr


def test_version_of_unknown_size(registry: Memory) -> None:
    push(registry, "hello", "1.0.0")
    index = Manifest(b'{"manifests": []}', "application/vnd.oci.image.index.v1+json")
    registry.store(f"{ARCHIVE}/hello", "2.0.0", index)
    result = run("packs")
    assert result.stdout.splitlines()[2].split()[:4] == ["hello", "2.0.0", "-", "-"]
    assert "> 1 pack, 2 versions in the registry of stack dev.\n" in result.stderr


def test_empty_registry(registry: Memory) -> None:
    result = run("packs")
    assert result.stdout == ""
    assert result.stderr == "> 0 packs, 0 versions, 0 bytes in the registry of stack dev.\n"


def test_palette(registry: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    push(registry, "hello", "1.0.0")
    push(registry, "new", "1.0.0")
    show(monkeypatch, VIEW)
    result = run("packs")
    header, hello, new = result.stdout.splitlines()
    assert header.endswith("NEWEST IN PALETTE")
    assert hello.endswith("  1.1.0")
    assert new.endswith("  missing")
    assert (
        "Palette has 2 packs of the registration packs. 1 pack of the registry is missing "
        "there. Its last sync was 2026-11-25 23:10 (Success)."
    ) in result.stderr


def test_json(registry: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = push(registry, "hello", "1.0.0")
    show(monkeypatch, VIEW)
    assert json.loads(run("packs", "--output", "json").stdout) == {
        "packs": [
            {
                "name": "hello",
                "version": "1.0.0",
                "layer": "addon",
                "displayName": "Hello",
                "digest": digest,
                "size": 11,
                "pushed": "2026-11-26T08:55:41+02:00",
            }
        ],
        "otherRepositories": 0,
        "palette": {
            "registration": "packs",
            "syncStatus": "Success",
            "lastSynced": "2026-11-25T23:10:00.000Z",
            "newestVersions": {"hello": "1.1.0", "x": "1"},
        },
    }


def test_hostile_texts_are_escaped(registry: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "\x1b]0;title\x07\x1b[2Jos\u202e\n[red]" + "x" * 1000
    push(registry, "a", "1", **{LAYER: hostile})
    show(monkeypatch, PaletteView("p\x1b[1m", "S\x1b[1m", "", {"a": "\x9b1m"}))
    result = run("packs")
    shown = result.stdout + result.stderr
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert r"\x1b]0;title\x07" in result.stdout
    assert len(result.stdout.splitlines()) == 2
    assert max(map(len, result.stdout.splitlines())) < 400
    assert "\x1b" not in run("packs", "--output", "json").stdout


def test_pack_registry(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = use_registry(pulumi, monkeypatch, flavor="pack")
    show(monkeypatch, None)
    registry.push("hello", "1.0.0", b"x")
    result = run("packs")
    assert result.stdout.splitlines()[1].split() == ["hello", "1.0.0", "-", "-", "-", "-"]
    assert "> 1 pack, 1 version in the registry of stack dev.\n" in result.stderr
    content = json.loads(run("packs", "--output", "json").stdout)
    assert content["packs"][0]["size"] is None
    assert "`spectro pack ls registry.example.com:8443`" in result.stderr


def test_invalid_format(registry: Memory) -> None:
    result = run("packs", "--output", "yaml")
    assert result.exit_code == 1
    assert 'OUTPUT: invalid value "yaml". Must be one of: table, json.' in result.stderr
