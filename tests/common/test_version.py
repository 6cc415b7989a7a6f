"""The version of the program, and its comparison with others."""

from __future__ import annotations

import re
import tomllib

import pytest

from cli.paths import ROOT
from common import version


def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["version"] == version.VERSION
    assert re.fullmatch(r"\d+\.\d+\.\d+", version.VERSION)


def test_version_is_not_older_than_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", text, re.MULTILINE)
    assert [each for each in released if version.is_newer(each)] == []


@pytest.mark.parametrize("other", ["1.10.0", "1.9.1", "2.0.0", "1.9.0rc1", "next"])
def test_newer(monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    monkeypatch.setattr(version, "VERSION", "1.9.0")
    assert version.is_newer(other)


@pytest.mark.parametrize("other", ["", "1.9.0", "1.8.99", "0.10.0"])
def test_not_newer(monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    monkeypatch.setattr(version, "VERSION", "1.9.0")
    assert not version.is_newer(other)
