"""The files next to the parts of a bundle are what other programs accept."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from cli.paths import ROOT
from tests.support.bundles import small_bundle


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_bundle(tmp_path_factory.mktemp("original") / "bundle")


def test_script_passes_shellcheck(original: Path) -> None:
    done = subprocess.run(
        [ROOT / ".venv/bin/shellcheck", original / "unbundle.sh"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_sums_are_those_of_coreutils(original: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    subprocess.run(command, cwd=original, check=True)
    assert json.loads((original / "bundle.json").read_text())["parts"] == 4
