"""The locked requirements."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement

from cli.paths import ROOT
from tools.lock import FILES, direct_dependencies

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==(\S+)(.*)$")


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [match for line in lines if (match := PIN.match(line))]
    return {match[1].lower().replace("_", "-"): match[2] for match in found}


@pytest.mark.parametrize("name", FILES)
def test_every_package_has_hashes(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.fullmatch(r"\S+==\S+( ; [^-]+)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", line), line


@pytest.mark.parametrize("name", FILES)
def test_no_index_in_file(name: str) -> None:
    assert "://" not in (ROOT / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "dependencies"), direct_dependencies().items())
def test_lock_is_current(name: str, dependencies: list[str]) -> None:
    locked = pins(f"{name}.txt")
    for requirement in map(Requirement, dependencies):
        version = locked[requirement.name.lower()]
        assert requirement.specifier.contains(version), "run `make lock`"


def test_files_are_compatible() -> None:
    for name in FILES[:-1]:
        assert pins(f"{name}.txt").items() <= pins("requirements-dev.txt").items()


def test_installer_requires_hashes() -> None:
    script = (ROOT / "tools" / "venv.sh").read_text(encoding="utf-8")
    assert "--require-hashes --requirement" in script
