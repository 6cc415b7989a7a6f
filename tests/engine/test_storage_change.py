"""Packs that are to be kept elsewhere: nothing removes them on the way, and the copy that the documentation tells is whole."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import docker

from cli.paths import ROOT
from tests.engine.conftest import Factory
from tests.support.docker import inspect
from tests.support.registry import Client, expect_guides_answers


def documented_copy(volume: str, path: Path) -> str:
    """The command of the documentation for these places, without `sudo` where it is not needed."""
    text = (ROOT / "docs" / "storage.md").read_text()
    (found,) = re.finditer(r"^\| volume \| path \| `(.+)` \|$", text, re.MULTILINE)
    command = (
        found[1].replace("spectro-registry-data", volume).replace("/srv/pack-registry", str(path))
    )
    return command.replace("sudo ", "") if os.geteuid() == 0 else command


def test_packs_are_moved_from_a_volume_to_a_directory(registry: Factory, tmp_path: Path) -> None:
    path = tmp_path / "packs"
    path.mkdir()
    made = registry(storage={"keepOnDestroy": False})
    outputs = made.up()
    content = os.urandom(2**20)
    digest = Client.of(outputs, "admin").push("packs/moved", content)
    container, volume = inspect(made.stack_name)["Id"], outputs["dataVolume"]

    moved = {"kind": "path", "path": str(path)}
    made.write(storage=moved)
    assert (
        f"storage: the packs in the volume {volume} would be removed with the volume; set storage.keepOnDestroy to true"
        in made.failed_up()
    )
    assert inspect(made.stack_name)["Id"] == container, "nothing was touched"
    assert Client.of(outputs, "admin").pull("packs/moved", digest) == content

    made.write(storage={"keepOnDestroy": True})
    made.up()
    made.write(storage=moved)
    previewed = made.stack.preview(color="never").stdout
    assert (
        f"storage: the packs that are in the volume {volume} stay there and will not be in the directory {path}"
        in " ".join(previewed.split())
    )
    subprocess.run(documented_copy(volume, path), shell=True, check=True)
    outputs = made.up()
    assert outputs["dataVolume"] == str(path)
    assert volume in {each.name for each in docker.from_env().volumes.list()}, (
        "what the old place holds stays there"
    )
    expect_guides_answers(outputs)
    assert Client.of(outputs, "admin").pull("packs/moved", digest) == content, "byte for byte"
    made.expect_no_changes()
