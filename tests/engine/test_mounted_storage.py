"""A volume by which a directory of another machine is mounted has the options that are set, and no others; nothing needs to be mounted for that."""

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
    """A stack of nothing but a registry's storage and a container that has it, which is not started unless it is asked for."""

    def __init__(self, directory: Path) -> None:
        self.name, self.directory = unique_name("test"), directory
        for path in (*PROGRAM.glob("[!.]*"), ROOT / "components", ROOT / ".venv"):
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
        """The options of the one volume that there is, which the container has."""
        (volume,) = docker.from_env().volumes.list(
            filters={"label": f"pack-registry.stack={self.name}"}
        )
        (mount,) = inspect(self.name)["HostConfig"]["Mounts"]
        assert mount["Source"] == volume.name, "the server has the very volume"
        return dict(volume.attrs["Options"])


@pytest.fixture(name="mounting")
def _mounting(tmp_path: Path) -> Iterator[Mounting]:
    made = Mounting(tmp_path)
    yield made
    for container in docker.from_env().containers.list(
        all=True, ignore_removed=True, filters={"name": made.name}
    ):
        container.remove(force=True)
    remove_all_of(made.name)


def nfs(server: str, export: str) -> dict[str, Any]:
    return {"kind": "nfs", "nfs": {"server": server, "export": export}}


def test_another_server_is_what_is_mounted_and_a_change_that_failed_is_taken_back(
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
        "nothing holds a pack here, so nothing is kept"
    )


def test_another_password_of_a_share_takes_effect_and_is_not_in_the_state_in_plain(
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
    assert b"files.example.com" not in written, "the options are a secret as a whole"
    assert mounting.name.encode() in written, "the state is among what is looked at"
    assert not [password for password in PASSWORDS if password.encode() in written]
    remove(mounting.stack)
