"""``make pack-check``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands.fakes import run
from tests.packs.checks.building import build, pack_json


def test_accepted_pack(tmp_path: Path) -> None:
    result = run("pack-check", "--pack", str(build(tmp_path / "hello")))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "> Checked 1 pack: no errors, 0 warnings.\n"


def test_all_errors_of_all_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    build(tmp_path / "packs/a", {"pack.json": pack_json(layer="addons", cloudTypes=...)})
    build(tmp_path / "packs/b", {"logo.png": None, "pack.json": pack_json(name="b")})
    result = run("pack-check", "--pack", "packs")
    assert result.exit_code == 1
    layers = 'Must be one of: kernel, os, k8s, cni, csi, addon. Did you mean "addon"?'
    cloud_types = 'Palette documents it as required (for example, ["all"]).'
    assert result.stdout.splitlines() == [
        f"packs/a/pack.json:1: warning: cloudTypes is not set. {cloud_types}",
        f'packs/a/pack.json:5: layer: invalid value "addons". {layers}',
        "packs/b/logo.png: The file is missing. Every pack requires it.",
    ]
    assert result.stderr == (
        "x Found 2 errors and 1 warning in 2 packs. Fix the errors and run the command again.\n"
    )


def test_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    build(tmp_path / "packs/a", {"pack.json": pack_json(version="1.5", layer="x")})
    result = run("pack-check", "--pack", "packs", "--output", "json")
    assert result.exit_code == 1
    pack, file = "packs/a", "packs/a/pack.json"
    assert [{**issue, "message": ""} for issue in json.loads(result.stdout)] == [
        {"pack": pack, "file": file, "line": 4, "severity": "warning", "message": ""},
        {"pack": pack, "file": file, "line": 5, "severity": "error", "message": ""},
    ]


def test_json_of_accepted_pack(tmp_path: Path) -> None:
    result = run("pack-check", "--pack", str(build(tmp_path / "hello")), "--output", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


def test_warnings_are_accepted(tmp_path: Path) -> None:
    build(tmp_path / "a", {"pack.json": pack_json(version="1.5")})
    result = run("pack-check", "--pack", str(tmp_path))
    assert result.exit_code == 0
    assert result.stderr == "> Checked 1 pack: no errors, 1 warning.\n"


def test_no_pack(tmp_path: Path) -> None:
    result = run("pack-check", "--pack", str(tmp_path))
    assert result.exit_code == 1
    assert "No pack found." in result.stdout
    assert "Found 1 error and 0 warnings in 0 packs." in result.stderr


def test_hostile_names_are_printed_as_escapes(tmp_path: Path) -> None:
    build(tmp_path / "\x1b[31m", {"pack.json": pack_json(displayName="\x1b]0;x\x07"), "\udcff": ""})
    for output in ("table", "json"):
        result = run("pack-check", "--pack", str(tmp_path), "--output", output)
        assert result.exit_code == 1
        assert result.stdout.replace("\n", "").isprintable()


def test_unreadable_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("packs.source.os.scandir", deny)
    result = run("pack-check", "--pack", str(tmp_path))
    assert result.exit_code == 1
    assert result.stderr == f"x {tmp_path} can't be read: Permission denied.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "PACK is not set."),
        (("--pack", "missing"), 'PACK: "missing" is not a directory.'),
        (("--pack", ".", "--output", "xml"), 'OUTPUT: invalid value "xml".'),
    ],
)
def test_usage(arguments: tuple[str, ...], message: str) -> None:
    result = run("pack-check", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
