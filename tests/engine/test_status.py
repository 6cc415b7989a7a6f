"""`make status` of real registries: well, with many defects at once, and without their bucket."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.support.backups import SERVERS, BackedUp, server_settings
from tests.support.defects import (
    add_user,
    end_server,
    fill,
    leave_lock,
    leave_pending_operation,
    record,
    register,
    remove_bucket,
    truncate_blob,
)
from tests.support.docker import derived_image, free_port
from tests.support.palette.server import serve
from tests.support.palette.stub import PaletteStub
from tests.support.registry import Client
from tests.support.s3 import bucket
from tests.support.status import Result, status

HOUR = 3600
KEYS = {"accessKey": "test", "secretKey": "a-secret-key-of-a-bucket"}
OUTSIDE = ("space", "docker space")
"""Checks of this machine's disks, which tests do not decide."""


@pytest.fixture
def registry(project: tuple[Path, str]) -> BackedUp:
    return well_kept(BackedUp(*project))


def well_kept(registry: BackedUp) -> BackedUp:
    """Give a stack policies that it satisfies, a backup and a drill."""
    allowed = ["pack-registry-dev", "pack-registry-zot"]
    policies = {
        "image-pinned": {"unpinned": allowed},
        "image-registry": {"registries": allowed},
        "certificate-validity": {"maxDays": 1825},
    }
    file = registry.directory / "policy" / f"{registry.stack}.json"
    file.write_text(json.dumps(policies))
    record(registry, days=0)
    return registry


def bad(result: Result, stack: str) -> dict[str, str]:
    """The states of checks that are not OK, except those of this machine's disks."""
    states = result.states(stack)
    return {name: state for name, state in states.items() if state != "OK" and name not in OUTSIDE}


@pytest.mark.parametrize("server", SERVERS)
def test_healthy_registry(registry: BackedUp, server: str) -> None:
    registry.configure(**server_settings(server))
    outputs = registry.up()
    admin = Client.of(outputs, "admin")
    admin.push("packs/redis", os.urandom(200_000), "1.0.0", "2026-10-01T08:00:00Z")
    for version in ("1.9.0", "1.10.0"):
        admin.push("packs/nginx", os.urandom(100_000), version, "2026-11-01T08:00:00Z")
    first = status(registry.directory, registry.stack)
    assert bad(first, registry.stack) == {}
    assert (first.code, first.messages) == (0, "")
    checks = first.checks(registry.stack)
    assert checks["packs"]["figures"] == {"packs": 2, "versions": 3}
    assert checks["pull"]["figures"]["newest"] == "packs/nginx:1.10.0"
    assert checks["pull"]["figures"]["bytes"] >= 100_002
    assert checks["users"]["figures"] == {"users": 2, "names": ["admin", "spectro"]}
    assert " since " in checks["size"]["value"], "the backup recorded a size"

    admin.push("packs/argo", os.urandom(300_000))
    shown = status(registry.directory, registry.stack, "--output", "table")
    assert shown.code == 0
    assert f"{registry.stack}  {outputs['endpoint']}" in shown.output
    assert "3 packs, 4 versions" in shown.output
    secrets = [*outputs["users"].values(), outputs["adminPassword"], "-----BEGIN"]
    assert not [each for each in secrets if each in first.output + shown.output]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    directory = tmp_path / "disk"
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", directory], check=True)
    yield directory
    subprocess.run(["umount", "--lazy", directory], check=True)


@pytest.fixture
def images() -> Iterator[tuple[str, str]]:
    """Two images. They are removed after the registry."""
    with derived_image("LABEL number=1") as first, derived_image("LABEL number=2") as second:
        yield first, second


DEFECTS = {
    "record": "error",
    "restarts": "warning",
    "image": "warning",
    "push": "error",
    "pull": "error",
    "users": "error",
    "passwords": "warning",
    "certificate": "warning",
    "ca": "warning",
    "space": "error",
    "backup": "warning",
    "drill": "warning",
    "lock": "error",
    "palette": "warning",
    "dns": "error",
    "clock": "error",
    "policies": "error",
}
"""What is wrong with the registry of the next test."""


def test_many_defects(images: tuple[str, str], registry: BackedUp, small_disk: Path) -> None:
    name, stack = registry.stack, registry.stack
    registry.configure(
        hostname="packs.registry.invalid",
        image=images[0],
        storage={"kind": "path", "path": str(small_disk)},
        tls={"algorithm": "ecdsa-p256", "validityDays": 1},
    )
    outputs = registry.up()
    with serve(PaletteStub(sync_states=["Success"])) as api:
        register(registry, api)
    admin = Client.of(outputs, "admin")
    admin.push("packs/old", os.urandom(50_000))
    digest = admin.push("packs/nginx", os.urandom(100_000), "1.1.0", "2026-11-01T08:00:00Z")
    record(registry, days=9, drill=False)
    end_server(name)
    truncate_blob(small_disk, digest)
    add_user(name)
    leave_lock(name, stack)
    leave_pending_operation(registry, password_days=400)
    fill(small_disk)
    (registry.directory / "policy" / f"{stack}.json").unlink()
    docker.from_env().images.get(images[1]).tag(*images[0].split(":"))
    found = status(registry.directory, stack, ahead=HOUR)
    assert found.code == 1
    checks = found.checks(stack)
    states = {check: each["state"] for check, each in checks.items() if each["state"] != "OK"}
    states.pop("docker space", None)
    assert states == DEFECTS, found.output
    assert checks["health"]["state"] == "OK", "the health check sees none of this"
    for check, part in {
        "record": "1 pending operation (other)",
        "users": "mallory",
        "pull": "packs/nginx",
        "lock": "which has ended",
        "dns": "packs.registry.invalid does not resolve",
        "clock": "3600 s",
        "policies": "image-pinned",
        "backup": "9 days ago",
    }.items():
        assert part in checks[check]["value"], check
    assert all(checks[check]["fix"] for check in DEFECTS)
    logs, make = commands(checks["restarts"]), (registry.directory / "Makefile").read_text()
    assert logs == [f"docker logs --tail 100 {name}"]
    subprocess.run(shlex.split(logs[0]), check=True, capture_output=True)
    named = [command.split() for check in checks.values() for command in commands(check)]
    targets = {words[1] for words in named if words[0] == "make"}
    assert targets >= {"up", "unlock", "backup", "drill", "preview", "registration", "gc"}
    assert not [target for target in targets if f"\n{target}:" not in make]


def test_bucket_is_gone(registry: BackedUp) -> None:
    with bucket() as made:
        registry.configure(
            storage={**made.storage, "s3": {**made.storage["s3"], **KEYS}},
        )
        outputs = registry.up()
        Client.of(outputs, "admin").push("packs/nginx", os.urandom(100_000))
        first = status(registry.directory, registry.stack)
        assert bad(first, registry.stack) == {}
        assert first.checks(registry.stack)["size"]["figures"]["bytes"] > 100_000
        remove_bucket(made)
        found = status(registry.directory, registry.stack)
        checks = found.checks(registry.stack)
        assert found.code == 1
        assert checks["health"]["state"] == "OK"
        assert {checks[name]["state"] for name in ("push", "pull")} == {"error"}
        assert "storage.s3.bucket" in checks["push"]["fix"]
        assert checks["size"]["state"] == "unknown"
        assert KEYS["secretKey"] not in found.output + found.messages


def test_broken_stack_hides_no_other(registry: BackedUp) -> None:
    registry.up()
    directory, stack = registry.directory, registry.stack
    for file in directory.glob("Pulumi.*.yaml"):
        if file.name != f"Pulumi.{stack}.yaml":
            file.unlink()
    other = registry.copy(f"{stack}-other", port=free_port())
    (directory / f"Pulumi.{stack}-text.yaml").write_text("config: [")
    found = status(directory, "all", "--jobs", "2", "--output", "json")
    assert found.code == 1
    assert bad(found, stack) == {}
    assert found.states(other.stack) == {"stack": "error"}
    assert "has no registry" in found.checks(other.stack)["stack"]["value"]
    assert "not valid YAML" in found.checks(f"{stack}-text")["stack"]["value"]
    table = status(directory, f"{stack},{stack}-text", "--output", "table").output
    assert f"{stack}: " in table
    assert f"{stack}-text: 1 error." in table


def test_stopped_server(registry: BackedUp) -> None:
    """The commands of the lines heal what they report."""
    name, stack = registry.stack, registry.stack
    registry.up()
    add_user(name)
    leave_lock(name, stack)
    leave_pending_operation(registry, password_days=0)
    docker.from_env().api.stop(name)
    found = status(registry.directory, stack)
    checks = found.checks(stack)
    assert bad(found, stack) == {
        "record": "error",
        "server": "error",
        "health": "unknown",
        "push": "unknown",
        "packs": "unknown",
        "pull": "unknown",
        "certificate": "unknown",
        "clock": "unknown",
        "users": "error",
        "lock": "error",
    }
    up, writer = f"make up STACK={stack}", f"{name}-config-users-writer"
    assert commands(checks["server"]) == commands(checks["record"]) == [up]
    assert commands(checks["users"]) == [f"docker rm {writer}", up]
    assert commands(checks["lock"]) == [f"make unlock STACK={stack}"]
    subprocess.run(["docker", "rm", writer], check=True)
    registry.run("unlock")
    registry.up()
    assert bad(status(registry.directory, stack), stack) == {}


def commands(check: dict[str, Any]) -> list[str]:
    """The commands that a fix names."""
    return re.findall(r"`([^`]+)`", check["fix"])


def test_docker_is_unreachable(registry: BackedUp) -> None:
    registry.up()
    missing = "unix:///var/run/nowhere.sock"
    found = status(registry.directory, registry.stack, DOCKER_HOST=missing)
    checks = found.checks(registry.stack)
    assert found.code == 1
    assert checks["server"]["state"] == "error"
    assert "/var/run/nowhere.sock" in checks["server"]["value"]
    assert checks["record"]["state"] == checks["backup"]["state"] == "OK", "they need no Docker"
    assert checks["users"]["state"] == "unknown"


def test_paused_server(registry: BackedUp) -> None:
    registry.up()
    api = docker.from_env().api
    api.pause(registry.stack)
    found = status(registry.directory, registry.stack).checks(registry.stack)
    assert (found["server"]["state"], found["push"]["state"]) == ("error", "unknown")
    assert "is paused" in found["server"]["value"]
    registry.up()
    assert bad(status(registry.directory, registry.stack), registry.stack) == {}
