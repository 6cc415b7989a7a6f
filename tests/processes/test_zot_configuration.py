"""zot accepts every reviewed configuration file, and all versions that a mirror may select."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.servers.zot.sessions import unusable_keys
from tests.components.servers.zot.test_config_file import GOLDEN, MODES, content
from tests.support.processes import find_program
from tests.support.zot import require_zot


@pytest.fixture(autouse=True)
def _zot() -> None:
    require_zot()


def expect_accepted(configuration: dict[str, Any], directory: Path) -> None:
    """Check a configuration. The only file that zot reads for it is that of the session keys."""
    keys = directory / "session-keys.json"
    keys.write_text(unusable_keys())
    if "sessionKeysFile" in configuration["http"]["auth"]:
        configuration["http"]["auth"]["sessionKeysFile"] = str(keys)
    file = directory / "zot.json"
    file.write_text(json.dumps(configuration))
    done = subprocess.run(
        [find_program("zot") or "", "verify", file], check=False, capture_output=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("mode", MODES)
def test_reviewed_file(mode: str, tmp_path: Path) -> None:
    expect_accepted(content((GOLDEN / f"{mode}.yaml").read_text()), tmp_path)


@pytest.mark.parametrize(
    "tags", ["^1[.]", "(?i)RC|beta", r"^v?[0-9]+\.(?:[0-9]{1,3}\.)?x-\_$", "[^a-c]+?"]
)
def test_tags_of_mirror(tags: str, tmp_path: Path) -> None:
    configuration = content((GOLDEN / "mirrors.yaml").read_text())
    configuration["extensions"]["sync"]["registries"][0]["content"][0]["tags"] = {"regex": tags}
    expect_accepted(configuration, tmp_path)
