"""zot accepts every reviewed configuration file, and all versions that a mirror may select."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.components.servers.zot.test_config_file import GOLDEN, MODES, content
from tests.support.processes import find_program
from tests.support.zot import require_zot


@pytest.fixture(autouse=True)
def _zot() -> None:
    require_zot()


def expect_accepted(file: Path) -> None:
    done = subprocess.run(
        [find_program("zot") or "", "verify", file], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("mode", MODES)
def test_reviewed_file(mode: str) -> None:
    expect_accepted(GOLDEN / f"{mode}.yaml")


@pytest.mark.parametrize(
    "tags", ["^1[.]", "(?i)RC|beta", r"^v?[0-9]+\.(?:[0-9]{1,3}\.)?x-\_$", "[^a-c]+?"]
)
def test_tags_of_mirror(tags: str, tmp_path: Path) -> None:
    configuration = content((GOLDEN / "mirrors.yaml").read_text())
    configuration["extensions"]["sync"]["registries"][0]["content"][0]["tags"] = {"regex": tags}
    file = tmp_path / "zot.json"
    file.write_text(json.dumps(configuration))
    expect_accepted(file)
