"""Drills: each server starts with the restored packs, and everything is removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from backup.record import read_last
from tests.support.backups import PACK, WITH_ZOT, BackedUp, server_settings
from tests.support.docker import container_names, volume_names
from tests.support.registry import Client


@pytest.mark.parametrize("server", [PACK, WITH_ZOT])
def test_drill(project: tuple[Path, str], server: str, tmp_path: Path) -> None:
    registry = BackedUp(*project)
    registry.configure(**server_settings(server))
    Client.of(registry.up(), "admin").push("packs/nginx", b"nginx" * 1000)
    containers, volumes = container_names(registry.stack), volume_names(registry.stack)
    place = str(tmp_path / "backups")
    registry.run("backup", "--place", place)
    shown = registry.run("drill", "--place", place)
    assert "is whole: 1 version in 1 repository" in shown
    assert "packs/nginx:1.0.0 pulled as spectro" in shown
    assert (container_names(registry.stack), volume_names(registry.stack)) == (containers, volumes)
    assert read_last(registry.directory / ".state", registry.stack).drill
