"""The server dies, its disk is full, its bucket is gone, its image is deleted: no pack is lost."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import docker
import pytest
import urllib3

from common.wait import wait_until
from tests.support.backups import (
    PACK,
    WITH_ZOT,
    BackedUp,
    contents,
    expect_acknowledged,
    pushing,
    responds,
    server_settings,
    wait_for_pushes,
)
from tests.support.docker import bridge_gateway, derived_image, inspect
from tests.support.registry import Client
from tests.support.relay import Mode, relay
from tests.support.s3 import bucket

MEBIBYTE = 2**20
SERVERS = pytest.mark.parametrize("server", [PACK, WITH_ZOT])


@pytest.fixture
def registry(project: tuple[Path, str]) -> BackedUp:
    return BackedUp(*project)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A directory on a small file system, as root."""
    directory = tmp_path / "packs"
    directory.mkdir()
    options = ["-t", "tmpfs", "-o", "size=16m"]
    done = subprocess.run(["mount", *options, "packs", directory], check=False)
    if done.returncode:
        pytest.skip("no file system can be mounted here")
    yield directory
    subprocess.run(["umount", "--lazy", directory], check=True)


@SERVERS
def test_server_killed_during_pushes(registry: BackedUp, server: str) -> None:
    registry.configure(**server_settings(server))
    outputs = registry.up()
    with pushing(Client.of(outputs, "admin")) as pushed:
        for _ in range(3):
            wait_for_pushes(pushed, 10)
            os.kill(inspect(registry.stack)["State"]["Pid"], signal.SIGKILL)
    assert pushed.errors, "pushes were under way"
    expect_acknowledged(outputs, pushed)  # Docker starts the server again
    assert inspect(registry.stack)["RestartCount"] == 3
    registry.run("up", "--no-policy")


@SERVERS
def test_disk_of_packs_is_full(registry: BackedUp, small_disk: Path, server: str) -> None:
    storage = {"kind": "path", "path": str(small_disk)}
    registry.configure(**server_settings(server), storage=storage)
    outputs = registry.up()
    admin = Client.of(outputs, "admin")
    pushed = {f"1.{number}.0": os.urandom(2 * MEBIBYTE) for number in range(10)}
    failures = []
    for version, content in pushed.items():
        try:
            admin.push("packs/large", content, version)
        except (AssertionError, urllib3.exceptions.HTTPError) as error:
            failures.append(str(error))
    assert failures, "the disk is full"
    fill(small_disk)
    before = contents(outputs)
    assert before, "what was acknowledged can be pulled"

    failed = registry.run("up", "--no-policy", code=1)
    assert f"{small_disk} is full. Free space, then update again." in failed, failed
    assert contents(outputs) == before

    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    registry.run("up", "--no-policy")
    for version, content in pushed.items():
        admin.push("packs/large", content, version)
    after = contents(outputs)
    assert before.items() <= after.items()
    assert len(after) == len(pushed)


def fill(directory: Path) -> None:
    with (directory / "filler").open("wb", buffering=0) as written:
        for size in (4096, 1):
            try:
                while True:
                    written.write(bytes(size))
            except OSError:
                continue


@SERVERS
def test_bucket_is_gone_and_back(registry: BackedUp, server: str) -> None:
    with bucket() as packs:
        parts = urlsplit(packs.endpoint)
        with relay(bridge_gateway(), (str(parts.hostname), int(parts.port or 0))) as link:
            storage = packs.storage
            keys = {"accessKey": "test-access-key", "secretKey": "test-secret-key"}
            storage["s3"] |= {"endpoint": f"http://{link.netloc}", **keys}
            registry.configure(**server_settings(server), storage=storage)
            outputs = registry.up()
            admin = Client.of(outputs, "admin")
            admin.push("packs/kept", os.urandom(MEBIBYTE))
            before = contents(outputs)
            with pushing(admin, workers=1) as pushed:
                wait_for_pushes(pushed, 6)
                link.limit(Mode.CUT, 0)
                assert wait_until(lambda: bool(pushed.errors), 60)
                link.resume()
                wait_for_pushes(pushed, 3)
            expect_acknowledged(outputs, pushed)
            assert before.items() <= contents(outputs).items()

            link.limit(Mode.CUT, 0)
            shown = registry.run("up", "--no-policy", code=1)
            assert re.search(r"The server can't access (zot's directory in )?the bucket", shown), (
                shown
            )
            link.resume()
            assert wait_until(lambda: responds(admin), 60)
            registry.run("up", "--no-policy")
            assert before.items() <= contents(outputs).items()


def test_image_is_deleted(registry: BackedUp, tmp_path: Path) -> None:
    images, archive = docker.from_env().images, tmp_path / "image.tar"
    with derived_image("LABEL release=deleted") as image:
        subprocess.run(["docker", "save", "--output", archive, image], check=True)
        registry.configure(image=image, imageArchive=str(archive))
        outputs = registry.up()
        Client.of(outputs, "admin").push("packs/kept", os.urandom(MEBIBYTE))
        before, server = contents(outputs), inspect(registry.stack)["Id"]
        for container in docker.from_env().containers.list(
            all=True, filters={"ancestor": image}, ignore_removed=True
        ):
            container.remove(force=True)
        images.remove(image, force=True)

        after = registry.up()
        assert contents(after) == before
        assert after == outputs
        assert inspect(registry.stack)["Id"] != server
        assert images.get(image)
        registry.run("down")
