"""Docker restarts, its host loses power, its disk is full: no pack is lost."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.backups import (
    PACK,
    WITH_ZOT,
    BackedUp,
    contents,
    expect_acknowledged,
    pushing,
    server_settings,
    wait_for_pushes,
)
from tests.support.docker import skip_or_fail
from tests.support.registry import Client
from tests.support.second_daemon import SecondDaemon, daemon_is_missing, second_daemon

DISK_MEGABYTES = 600
MEBIBYTE = 2**20


@pytest.fixture(autouse=True)
def _daemon() -> None:
    skip_or_fail(daemon_is_missing(), "REQUIRE_REMOTE_HOSTS")


@pytest.fixture
def daemon() -> Iterator[SecondDaemon]:
    with second_daemon(megabytes=DISK_MEGABYTES) as started:
        yield started


def use_daemon(registry: BackedUp, daemon: SecondDaemon, server: str = PACK) -> None:
    """Run a registry on a daemon, with the image of its server."""
    settings = server_settings(server)
    daemon.load_image(settings["image"])
    registry.configure(**settings, dockerHost=daemon.url)


def inspected(registry: BackedUp, daemon: SecondDaemon) -> dict[str, Any]:
    return dict(daemon.client.api.inspect_container(registry.stack))


@pytest.mark.parametrize("server", [PACK, WITH_ZOT])
@pytest.mark.parametrize("end", [SecondDaemon.stop, SecondDaemon.cut_power])
def test_docker_starts_again(
    project: tuple[Path, str],
    daemon: SecondDaemon,
    server: str,
    end: Callable[[SecondDaemon], None],
) -> None:
    registry = BackedUp(*project)
    use_daemon(registry, daemon, server)
    outputs = registry.up()
    before = inspected(registry, daemon)
    daemon.sync()  # a registry in its first seconds is not the subject
    with pushing(Client.of(outputs, "admin")) as pushed:
        wait_for_pushes(pushed, 20)
        end(daemon)
    assert pushed.errors, "pushes were under way"
    daemon.start()
    expect_acknowledged(outputs, pushed)  # without a command

    shown = registry.run("up", "--no-policy")
    assert re.search(r"Resources: \d+ unchanged Duration", shown), shown
    assert registry.outputs() == outputs
    after = inspected(registry, daemon)
    assert (after["Id"], after["State"]["Status"]) == (before["Id"], "running")
    Client.of(outputs, "admin").push("packs/after", b"a pack")


def test_disk_of_docker_is_full(project: tuple[Path, str], daemon: SecondDaemon) -> None:
    registry = BackedUp(*project)
    use_daemon(registry, daemon)
    outputs = registry.up()
    admin = Client.of(outputs, "admin")
    admin.push("packs/kept", os.urandom(MEBIBYTE))
    before, server = contents(outputs), inspected(registry, daemon)["Id"]
    filler = fill(daemon.data_root)

    with pytest.raises(AssertionError):
        admin.push("packs/refused", os.urandom(MEBIBYTE))
    assert contents(outputs) == before, "packs can be pulled"
    registry.configure(logLevel="debug", users=[{"name": "spectro", "rotation": "next"}])
    failed = registry.run("up", "--no-policy", code=1)
    assert "no space left on device" in failed
    assert "The registry answers. Packs and state are unchanged or recoverable." in failed
    assert inspected(registry, daemon)["Id"] == server
    assert contents(outputs) == before, "old passwords are valid"

    filler.unlink()
    after = registry.up()
    assert contents(after) == before
    assert inspected(registry, daemon)["Id"] != server
    Client.of(after, "admin").push("packs/after", b"a pack")


def fill(directory: Path) -> Path:
    """Fill a file system, and return the file that does."""
    file = directory / "filler"
    with file.open("wb", buffering=0) as written:
        for size in (MEBIBYTE, 4096, 1):
            try:
                while True:
                    written.write(bytes(size))
            except OSError:
                continue
    return file
