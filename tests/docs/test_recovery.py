"""The tables of failures: each failure has a test, and each test of a failure is listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.paths import ROOT

PAGE = ROOT / "docs" / "how-to" / "recover.md"
SUITES = ("engine", "backup")


def rows() -> list[list[str]]:
    lines = re.findall(r"^\| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    cells = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return [row for row in cells if row[0] != "Failure" and not row[0].startswith("---")]


def named_tests(row: list[str]) -> list[tuple[str, str]]:
    return re.findall(r"`([\w/]+\.py)::(test_\w+)`", row[-1])


def found(file: str) -> list[Path]:
    if "/" in file:
        return [ROOT / "tests" / file]
    return [path for suite in SUITES if (path := ROOT / "tests" / suite / file).exists()]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_failure_has_tests(row: list[str]) -> None:
    assert len(row) == 4 or (len(row) == 3 and "not used" in row[1])
    tests = named_tests(row)
    assert tests
    assert len(tests) == row[-1].count("`") // 2, "each code is the name of a test"
    for file, name in tests:
        assert any(f"def {name}(" in path.read_text() for path in found(file)), f"{file}::{name}"


def test_every_test_of_failures_is_listed() -> None:
    listed = {test for row in rows() for test in named_tests(row)}
    existing = {
        (path.name, name)
        for path in (ROOT / "tests" / "engine").glob("test_failures_of_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert existing
    assert existing - listed == set()
