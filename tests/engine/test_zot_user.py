"""The user that zot runs as, and packs that belong to another one."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import docker
import pytest

from components.docker.archive import make_directory
from tests.engine.conftest import Factory
from tests.support.docker import container_names, inspect
from tests.support.engine import EngineRegistry
from tests.support.flavors import ZOT
from tests.support.registry import Client
from tests.support.s3 import bucket
from tests.support.zot import require_zot, zot_image

OWN_USER = "65532:65532"
OWN_ID = 65532
PACK = "packs/nginx"


@pytest.fixture(autouse=True)
def _zot() -> None:
    require_zot()


def server_of(registry: EngineRegistry) -> dict[str, Any]:
    found: dict[str, Any] = inspect(registry.stack_name)
    return found


def user_of(registry: EngineRegistry) -> str:
    return str(server_of(registry)["Config"]["User"])


def packs_of(registry: EngineRegistry) -> Path:
    """Return zot's directory on the host."""
    (source,) = [
        mount["Source"]
        for mount in server_of(registry)["Mounts"]
        if mount["Destination"] == "/data"
    ]
    return Path(source) / "zot"


def owners(directory: Path) -> set[tuple[int, int]]:
    """Return the owners of everything in a directory."""
    found = [path.lstat() for path in (directory, *directory.rglob("*"))]
    return {(status.st_uid, status.st_gid) for status in found}


def config_of(registry: EngineRegistry) -> Path:
    return Path(docker.from_env().api.inspect_volume(f"{registry.stack_name}-config")["Mountpoint"])


def expect_own_user(registry: EngineRegistry) -> None:
    """Check that server, packs and files belong to the server's user."""
    assert user_of(registry) == OWN_USER
    assert owners(packs_of(registry)) == {(OWN_ID, OWN_ID)}
    files = [path.stat() for path in config_of(registry).rglob("*") if path.is_file()]
    assert {(status.st_uid, status.st_gid) for status in files} == {(OWN_ID, OWN_ID)}
    assert (config_of(registry) / "tls.key").stat().st_mode & 0o777 == 0o400
    assert not [name for name in container_names(registry.stack_name) if "prepare" in name]


@pytest.mark.parametrize("kind", ["volume", "path"])
def test_own_user(new_registry: Factory, tmp_path: Path, kind: str) -> None:
    storage: dict[str, Any] = {"kind": kind}
    if kind == "path":
        storage["path"] = str(tmp_path / "packs")
        (tmp_path / "packs").mkdir(mode=0o755)
    registry = new_registry(**ZOT, image=zot_image(), storage=storage, users=[{"name": "spectro"}])
    before = registry.up()
    digest = Client.of(before, "admin").push(PACK, b"a pack")
    expect_own_user(registry)
    registry.expect_no_changes(refresh=True)

    registry.write(rotation="2027-01")
    after = registry.up()
    assert Client.of(after, "admin").pull(PACK, digest) == b"a pack"
    assert Client.of(before, "admin").status("/v2/") == 401
    expect_own_user(registry)

    first = server_of(registry)["Id"]
    registry.write(tls={"validityDays": 100}, logLevel="debug")
    renewed = registry.up()
    assert server_of(registry)["Id"] != first, "a smoke test preceded"
    expect_own_user(registry)
    assert Client.of(renewed, "spectro").pull(PACK, digest) == b"a pack"
    registry.expect_no_changes(refresh=True)


def test_own_user_with_bucket(new_registry: Factory) -> None:
    with bucket() as packs:
        registry = new_registry(**ZOT, image=zot_image(), storage=packs.storage)
        for name in ("accessKey", "secretKey"):
            registry.set_secret(f"storage.s3.{name}", "TESTKEYOFABUCKET1234")
        outputs = registry.up()
        assert user_of(registry) == OWN_USER
        digest = Client.of(outputs, "admin").push(PACK, b"a pack")
        registry.write(logLevel="debug")
        assert Client.of(registry.up(), "admin").pull(PACK, digest) == b"a pack"


def create_packs_of_root(registry: EngineRegistry) -> None:
    """Create the state of a server that ran as root: a volume with zot's directory."""
    client = docker.from_env()
    volume = f"{registry.stack_name}-data"
    labels = {"pack-registry.owner": "test"}
    client.volumes.create(volume, labels=labels)
    mounts = [docker.types.Mount("/data", volume)]
    helper = client.containers.create(
        zot_image(), mounts=mounts, name=f"{registry.stack_name}-helper"
    )
    try:
        helper.put_archive("/data", make_directory("zot", 0))
    finally:
        helper.remove()


def test_packs_of_root(new_registry: Factory) -> None:
    registry = new_registry(**ZOT, image=zot_image(), users=[{"name": "spectro"}])
    create_packs_of_root(registry)
    before = registry.up()
    digest = Client.of(before, "admin").push(PACK, b"a pack")
    assert "belong to the user 0, so the server runs as its image's user" in registry.said
    assert user_of(registry) == ""
    assert owners(packs_of(registry)) == {(0, 0)}
    registry.expect_no_changes(refresh=True)

    registry.write(rotation="2027-01", logLevel="debug")
    after = registry.up()
    assert Client.of(after, "admin").pull(PACK, digest) == b"a pack"
    assert Client.of(before, "admin").status("/v2/") == 401
    assert user_of(registry) == ""

    # The commands of docs/how-to/oci.md.
    docker.from_env().containers.get(registry.stack_name).stop()
    subprocess.run(["chown", "-R", OWN_USER, str(packs_of(registry))], check=True)
    now = registry.up()
    assert Client.of(now, "admin").pull(PACK, digest) == b"a pack"
    Client.of(now, "admin").push(PACK, b"another pack")
    expect_own_user(registry)
    registry.expect_no_changes(refresh=True)


def test_directory_that_others_cannot_enter(new_registry: Factory, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    packs.mkdir(mode=0o700)
    registry = new_registry(**ZOT, image=zot_image(), storage={"kind": "path", "path": str(packs)})
    outputs = registry.up()
    digest = Client.of(outputs, "admin").push(PACK, b"a pack")
    assert f"Only its owner can enter the directory {packs}, so the server" in registry.said
    assert (user_of(registry), owners(packs)) == ("", {(0, 0)})
    assert Client.of(outputs, "admin").pull(PACK, digest) == b"a pack"
