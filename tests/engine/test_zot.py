"""zot under traffic: changes that fail no request."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import docker
import pytest

from tests.engine.conftest import Factory
from tests.support.docker import container_names, inspect
from tests.support.flavors import ZOT
from tests.support.registry import Client, expect_oci_answers
from tests.support.zot import require_zot, zot_image


@pytest.fixture(autouse=True)
def _zot() -> None:
    require_zot()


@pytest.fixture(scope="module")
def image() -> str:
    return zot_image()


FIXED = {"name": "fixed", "password": "correct horse battery staple"}
"""A user whose password stays the same while others change."""


def test_rotation_without_failed_request(new_registry: Factory, image: str) -> None:
    registry = new_registry(**ZOT, image=image, users=[{"name": "spectro"}, FIXED])
    before = registry.up()
    digest = Client.of(before, "admin").push("packs/nginx", b"a pack")
    container = inspect(registry.stack_name)
    with requests(Client.of(before, "fixed"), f"/v2/packs/nginx/blobs/{digest}") as sent:
        registry.write(rotation="2027-01")
        after = registry.up()
        registry.write(users=[FIXED])
        without = registry.up()
    assert set(sent) == {200}
    assert sent[200] > 300
    expect_oci_answers(without)
    assert Client.of(after, "admin").pull("packs/nginx", digest) == b"a pack"
    assert Client.of(after, "admin", before["adminPassword"]).status("/v2/") == 401
    assert Client.of(after, "spectro").status("/v2/") == 401, "a removed user loses access"
    now = inspect(registry.stack_name)
    assert (now["Id"], now["State"]["StartedAt"]) == (
        container["Id"],
        container["State"]["StartedAt"],
    ), "the server kept running"
    assert f"{registry.stack_name}-reload" not in container_names(registry.stack_name)


def test_replaced_server_reads_users_at_start(new_registry: Factory, image: str) -> None:
    registry = new_registry(**ZOT, image=image, users=[{"name": "spectro"}, FIXED])
    before = registry.up()
    server, reloader = registry.stack_name, f"{registry.stack_name}-reload"
    registry.write(users=[FIXED], logLevel="debug")
    with created_containers() as created:
        after = registry.up()
        now = inspect(server)
        registry.up()
    assert server in created
    assert reloader not in created, "neither in the update nor in the next one"
    assert Client.of({**after, "users": before["users"]}, "spectro").status("/v2/") == 401
    assert inspect(server)["State"]["StartedAt"] == now["State"]["StartedAt"]
    registry.write(users=[FIXED, {"name": "later"}])
    with created_containers() as created:
        last = registry.up()
    assert (reloader in created, server in created) == (True, False)
    assert Client.of(last, "later").status("/v2/") == 200


@contextlib.contextmanager
def created_containers() -> Iterator[set[str]]:
    """Yield a set. When the block ends, it has the names of the containers created meanwhile."""
    names: set[str] = set()
    with contextlib.closing(docker.from_env()) as client:
        began = _seconds(client)
        yield names
        ended = _seconds(client) + 1
        filters = {"type": "container", "event": "create"}
        found = client.events(since=began, until=ended, filters=filters, decode=True)
        names.update(event["Actor"]["Attributes"]["name"] for event in found)


def _seconds(client: docker.DockerClient) -> int:
    """Return the time of the Docker host in seconds, rounded down."""
    return int(datetime.fromisoformat(client.info()["SystemTime"]).timestamp())


@contextlib.contextmanager
def requests(sender: Client, path: str) -> Iterator[Counter[int]]:
    """Send requests, as fast as the server answers, until the block ends. Yields their statuses."""
    statuses: Counter[int] = Counter()
    ended = threading.Event()

    def send() -> None:
        while not ended.is_set():
            statuses[sender.status(path)] += 1

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        ended.set()
        for thread in threads:
            thread.join()
