"""Volume options of network storage. Checking them requires no mount."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from pulumi import automation

from cli.paths import ROOT
from tests.support.docker import DEVELOPMENT_IMAGE, inspect, remove_all_of, unique_name
from tests.support.engine import bring_up, engine_environment, engine_stack, remove

PROGRAM = ROOT / "tests" / "programs" / "mounting"
PASSWORDS = ("the-first-of-the-share", "the-second-of-the-share")


class Mounting:
    """A stack with only a registry's storage and a container that mounts it if it is started."""

    def __init__(self, directory: Path) -> None:
        self.name, self.directory = unique_name("test"), directory
        for path in (*PROGRAM.glob("[!.]*"), ROOT / "common", ROOT / "components", ROOT / ".venv"):
            if path.name != "__pycache__":
                (directory / path.name).symlink_to(path)
        self._environment = engine_environment(directory)
        self.stack = engine_stack(self.name, directory, self._environment)

    def up(self, *, start: bool = False, **storage: Any) -> None:
        settings = {
            "hostname": "localhost",
            "containerName": self.name,
            "image": DEVELOPMENT_IMAGE,
            "storage": storage,
        }
        self.stack.workspace.env_vars = {
            **self._environment,
            "SETTINGS": json.dumps(settings),
            "START": "yes" if start else "",
        }
        bring_up(self.stack)

    def options(self) -> dict[str, str]:
        """Return the options of the only volume, which the container mounts."""
        (volume,) = docker.from_env().volumes.list(
            filters={"label": f"pack-registry.stack={self.name}"}
        )
        (mount,) = inspect(self.name)["HostConfig"]["Mounts"]
        assert mount["Source"] == volume.name, "the container mounts this volume"
        return dict(volume.attrs["Options"])


@pytest.fixture(name="mounting")
def _mounting(tmp_path: Path) -> Iterator[Mounting]:
    mounting = Mounting(tmp_path)
    yield mounting
    for container in docker.from_env().containers.list(
        all=True, ignore_removed=True, filters={"name": mounting.name}
    ):
        container.remove(force=True)
    remove_all_of(mounting.name)


def nfs(server: str, export: str) -> dict[str, Any]:
    return {"kind": "nfs", "nfs": {"server": server, "export": export}}


def test_nfs_server_change_and_recovery(
    mounting: Mounting,
) -> None:
    first, second = nfs("127.0.0.1", "/a"), nfs("127.0.0.2", "/b")
    mounting.up(**first)
    assert mounting.options() == {
        "type": "nfs",
        "o": "addr=127.0.0.1,nfsvers=4,hard",
        "device": ":/a",
    }
    with pytest.raises(automation.CommandError, match="mount :/b"):  # there is no such server
        mounting.up(start=True, **second)
    mounting.up(**first)
    assert mounting.options()["device"] == ":/a"
    assert set(mounting.stack.preview().change_summary) == {automation.OpType.SAME}, (
        "a second preview must show no change"
    )
    remove(mounting.stack)
    assert docker.from_env().volumes.list(filters={"name": mounting.name}) == [], (
        "nothing is kept, because the volume holds no packs"
    )


def test_cifs_password_change_and_encryption(
    mounting: Mounting,
) -> None:
    for password in PASSWORDS:
        share = {
            "server": "files.example.com",
            "share": "packs",
            "username": "packs",
            "password": password,
            "plainCredentials": True,
        }
        mounting.up(kind="cifs", cifs=share)
        assert mounting.options() == {
            "type": "cifs",
            "o": f"addr=files.example.com,username=packs,vers=3.1.1,password={password}",
            "device": "//files.example.com/packs",
        }
    written = b"".join(path.read_bytes() for path in (mounting.directory / "state").rglob("*.json"))
    assert b"files.example.com" not in written, "all options together are one secret"
    assert mounting.name.encode() in written, "the state was read"
    assert not [password for password in PASSWORDS if password.encode() in written]
    remove(mounting.stack)
