"""How checks read files, and find secrets among other bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from packs.checks.files import PART, PackFiles
from packs.checks.report import Report
from packs.checks.secret_patterns import find_secrets
from tests.packs.checks.wrong_secrets import TOKENS


@pytest.mark.parametrize("size", [0, 3, 10, PART, 3 * PART])
def test_file_that_changes_after_it_is_listed(tmp_path: Path, size: int) -> None:
    file = tmp_path / "values.yaml"
    file.write_bytes(b"0123456789")
    files = PackFiles(tmp_path, Report(tmp_path))
    file.write_bytes(b"x" * size)
    assert files.read("values.yaml") == b"x" * size


@pytest.mark.parametrize("size", [9, 10, 11, 3 * PART])
def test_limit_of_a_file(tmp_path: Path, size: int) -> None:
    file = tmp_path / "values.yaml"
    file.write_bytes(b"x")
    report = Report(tmp_path)
    files = PackFiles(tmp_path, report)
    file.write_bytes(b"x" * size)
    content = files.read("values.yaml", limit=10)
    assert content == (None if size > 10 else b"x" * size)
    assert bool(report.issues) == (size > 10)


@pytest.mark.parametrize("name", TOKENS)
def test_secret_among_any_bytes(name: str) -> None:
    around = bytes(range(256)) * 100
    assert list(find_secrets(around + b"\n" + TOKENS[name].encode() + b"\n" + around))
