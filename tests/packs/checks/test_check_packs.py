"""Many packs at once, and what can't be a case of a table."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from packs.checks import Severity, check_packs, inspect_packs
from packs.checks.schema import SCHEMA_FILE
from packs.source import pack_directories
from tests.packs.checks.building import (
    build,
    deep_directories,
    inspect,
    link_to,
    pack_json,
)


def messages(root: Path, *names: str) -> list[str]:
    return [str(issue).replace(f"{root}/", "") for issue in inspect(root, *names)]


def test_valid_packs_are_accepted(tmp_path: Path) -> None:
    for name in ("a", "b"):
        build(tmp_path / name, {"pack.json": pack_json(name=name)})
    assert check_packs(pack_directories(tmp_path), tmp_path) == []


def test_no_pack_is_an_error(tmp_path: Path) -> None:
    issues = check_packs([], tmp_path)
    marks = "pack.json, values.yaml or logo.png"
    expected = f"{tmp_path}: No pack found. The directory of a pack has a file {marks}."
    assert [str(issue) for issue in issues] == [expected]
    assert check_packs([]) == []


def test_duplicates(tmp_path: Path) -> None:
    build(tmp_path / "a")
    build(tmp_path / "b", {"pack.json": "\n" + pack_json()})
    build(tmp_path / "c", {"pack.json": pack_json(version="1.0.1")})
    build(tmp_path / "d")
    assert messages(tmp_path, "d", "c", "b", "a") == [
        'b/pack.json:5: version: "1.0.0" of "hello" is also in a/pack.json:4. Must be unique.',
        'd/pack.json:4: version: "1.0.0" of "hello" is also in a/pack.json:4. Must be unique.',
    ]


def test_issues_of_all_packs_are_sorted(tmp_path: Path) -> None:
    for name in ("b", "a"):
        build(tmp_path / name, {"pack.json": pack_json(layer="x", name=name, version="/")})
    expected = [
        f"{name}/pack.json:{line}: {key}"
        for name in "ab"
        for line, key in ((4, "version"), (5, "layer"))
    ]
    for order in (("a", "b"), ("b", "a")):
        assert [text.split(": invalid")[0] for text in messages(tmp_path, *order)] == expected


def test_check_packs_leaves_warnings_out(tmp_path: Path) -> None:
    directory = build(tmp_path / "a", {"pack.json": pack_json(cloudTypes=...)})
    assert [issue.severity for issue in inspect_packs([directory])] == [Severity.WARNING]
    assert check_packs([directory]) == []


def test_directory_that_is_a_link(tmp_path: Path) -> None:
    build(tmp_path / "pack")
    (tmp_path / "linked").symlink_to("pack")
    assert messages(tmp_path, "linked") == []


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "pack")
    opened = os.open

    def deny(path: Path, *arguments: int) -> int:
        if Path(path).name == "values.yaml":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments)

    monkeypatch.setattr("packs.checks.files.os.open", deny)
    assert messages(tmp_path, "pack") == [
        "pack/values.yaml: The file can't be read: Permission denied."
    ]


def test_file_that_becomes_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "pack")
    monkeypatch.setattr("packs.checks.check.check_links", lambda files, report: replace())

    def replace() -> None:
        (tmp_path / "pack" / "values.yaml").unlink()
        os.mkfifo(tmp_path / "pack" / "values.yaml")

    began = time.monotonic()
    assert messages(tmp_path, "pack") == []
    assert time.monotonic() - began < 10


def test_chain_of_links(tmp_path: Path) -> None:
    chain = {f"{number}": link_to(f"{number + 1}") for number in range(1050)}
    build(tmp_path / "pack", {**chain, "pack.json": pack_json(charts=["0"])})
    assert all(
        ": The link leads to " in text or "charts" in text for text in messages(tmp_path, "pack")
    )


def test_deep_directory(tmp_path: Path) -> None:
    build(tmp_path / "pack")
    with deep_directories(tmp_path / "pack", 3000):
        found = [text.rpartition("/")[2] for text in messages(tmp_path, "pack")]
    assert found == ["d: The file can't be read: File name too long."]


def test_many_candidates_for_secrets_take_no_time(tmp_path: Path) -> None:
    hostile = {"a.txt": b"eyJ-" * 2**20, "b.txt": b"-----BEGIN PRIVATE KEY-----" * 2**18}
    build(tmp_path / "pack", {**hostile, "c.txt": b"LS0tLS1CRUdJTi" * 2**18})
    began = time.monotonic()
    assert messages(tmp_path, "pack") == []
    assert time.monotonic() - began < 30


def test_schema_is_valid() -> None:
    Draft202012Validator.check_schema(json.loads(SCHEMA_FILE.read_text()))
