"""Defects of a registry that ``make status`` has to find."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3

from backup.record import Event, Last, write_last
from cli.owners import stack_owner
from common.wait import wait_until
from components.docker.engine import DockerEngine
from components.docker.maintenance_lock import DockerLockStore
from components.maintenance.lock import Holder
from components.maintenance.operation import Operation
from tests.support.backups import BackedUp
from tests.support.docker import inspect
from tests.support.palette.stub import PaletteStub
from tests.support.s3 import REGION, Bucket
from tests.support.status import file_in_tar


def record(registry: BackedUp, *, days: int, drill: bool = True) -> None:
    """Record a backup of some days ago, and a drill."""
    end = datetime.now(UTC) - timedelta(days=days)
    event = Event(end, f"{registry.stack}-1", "/srv/backups", 1.0, 1, 100, end)
    write_last(registry.directory / ".state", registry.stack, Last(event, event if drill else None))


def read_state(registry: BackedUp) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(registry.state.read_text())
    return found


def end_server(name: str) -> None:
    """End a server's process as the kernel would. Docker starts it again."""
    os.kill(inspect(name)["State"]["Pid"], signal.SIGKILL)

    def is_back() -> bool:
        found = inspect(name)
        return bool(found["RestartCount"] and found["State"]["Running"])

    assert wait_until(is_back, 30)


def leave_lock(name: str, stack: str) -> None:
    """Leave the lock of a backup whose process has ended."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    holder = replace(Holder.current(Operation.BACKUP), process=ended.pid)
    assert DockerLockStore(DockerEngine(), name, stack_owner(stack)).create(holder)


def add_user(name: str) -> None:
    """Add a user to the htpasswd file of the server, as someone with access to its volume would."""
    engine, writer = DockerEngine(), f"{name}-config-users-writer"
    directory = Path(engine.volume_directory(f"{name}-config"))
    file = directory / "htpasswd-basic"
    text = (
        file.read_bytes()
        + b"mallory:$2y$05$abcdefghijklmnopqrstuu5LPNqOzfPd8B7Yi3cUzoQiBWpmJGzGa\n"
    )
    engine.extract_archive(writer, "/config", file_in_tar(file.name, text))


def leave_pending_operation(registry: BackedUp, *, password_days: int) -> None:
    """Leave the creation of a container in the record, and make the passwords older."""
    found = read_state(registry)
    latest = found["checkpoint"]["latest"]
    urn = f"urn:pulumi:{registry.stack}::pack-registry::docker:index/container:Container::other"
    resource = {"urn": urn, "type": "docker:index/container:Container", "custom": True}
    latest["pending_operations"] = [{"resource": resource, "type": "creating"}]
    created = datetime.now(UTC) - timedelta(days=password_days)
    for each in latest["resources"]:
        if each["type"].endswith(":RandomPassword"):
            each["created"] = f"{created:%Y-%m-%dT%H:%M:%SZ}"
    registry.state.write_text(json.dumps(found))


def truncate_blob(packs: Path, digest: str) -> None:
    (stored,) = packs.rglob(f"blobs/*/*/{digest.partition(':')[2]}/data")
    os.truncate(stored, 1000)


def register(registry: BackedUp, api: PaletteStub) -> None:
    key = {"PALETTE_API_KEY": api.api_key}
    registry.run("register-key", environment=key)
    file = registry.directory / "palette" / f"Pulumi.{registry.stack}.yaml"
    text = file.read_text().replace("config:", f"config:\n  paletteHost: {api.host}", 1)
    file.write_text(text)
    registry.run("register")


def fill(disk: Path) -> Path:
    """Leave no space on a disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


def remove_bucket(made: Bucket) -> None:
    connection = boto3.client(
        "s3",
        endpoint_url=made.endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    pages = connection.get_paginator("list_objects_v2").paginate(Bucket=made.name)
    for key in [each["Key"] for page in pages for each in page.get("Contents", ())]:
        connection.delete_object(Bucket=made.name, Key=key)
    connection.delete_bucket(Bucket=made.name)
