"""A change of the storage keeps the old packs, and the documented command copies all of them."""

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
    """Return the documented copy command for a volume and a path, without `sudo` for root."""
    text = (ROOT / "docs" / "how-to" / "move-packs.md").read_text()
    (found,) = re.finditer(r"^\| `volume` \| `path` \| `(.+)` \|$", text, re.MULTILINE)
    command = (
        found[1].replace("spectro-registry-data", volume).replace("/srv/pack-registry", str(path))
    )
    return command.replace("sudo ", "") if os.geteuid() == 0 else command


def test_move_packs_from_volume_to_directory(new_registry: Factory, tmp_path: Path) -> None:
    path = tmp_path / "packs"
    path.mkdir()
    registry = new_registry(storage={"keepOnDestroy": False})
    outputs = registry.up()
    content = os.urandom(2**20)
    digest = Client.of(outputs, "admin").push("packs/moved", content)
    container, volume = inspect(registry.stack_name)["Id"], outputs["dataVolume"]

    new_storage = {"kind": "path", "path": str(path)}
    registry.write(storage=new_storage)
    refusal = (
        f"storage: the packs in the volume {volume} would be removed with the volume. "
        "Set the previous storage with storage.keepOnDestroy true"
    )
    assert refusal in " ".join(registry.failed_up().split())
    assert inspect(registry.stack_name)["Id"] == container, "nothing was changed"
    assert Client.of(outputs, "admin").pull("packs/moved", digest) == content

    registry.write(storage={"keepOnDestroy": True})
    registry.up()
    registry.write(storage=new_storage)
    previewed = registry.stack.preview(color="never").stdout
    warning = (
        f"storage: the packs in the volume {volume} stay there. "
        f"They will not be in the directory {path}."
    )
    assert warning in " ".join(previewed.split())
    subprocess.run(documented_copy(volume, path), shell=True, check=True)
    outputs = registry.up()
    assert outputs["dataVolume"] == str(path)
    assert volume in {each.name for each in docker.from_env().volumes.list()}, (
        "the old volume stays"
    )
    expect_guides_answers(outputs)
    assert Client.of(outputs, "admin").pull("packs/moved", digest) == content, "byte for byte"
    registry.expect_no_changes()
