"""Image upgrades: a smoke test of the new image comes before any change of the old container."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import docker
import pytest
import urllib3

from tests.engine.conftest import Factory
from tests.support.docker import DEVELOPMENT_IMAGE, derived_image, inspect, unique_name
from tests.support.flavors import DISTRIBUTION
from tests.support.registry import Client, expect_guides_answers, expect_oci_answers

BROKEN = '["/spectro-server", "serve", "/no/such/file.yaml"]'


@contextmanager
def load(client: Client) -> Iterator[list[str]]:
    """Send requests without a pause from four threads. Yields the failures."""
    failed: list[str] = []
    stopped, count = threading.Event(), [0]

    def send_requests() -> None:
        while not stopped.is_set():
            try:
                status = client.status("/v1/_catalog")
            except (urllib3.exceptions.HTTPError, OSError) as error:
                failed.append(repr(error))
            else:
                failed.extend([] if status == 200 else [str(status)])
            count[0] += 1

    threads = [threading.Thread(target=send_requests) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield failed
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    assert count[0] > 50, "too few requests to be meaningful"


@pytest.fixture
def image() -> Iterator[Callable[[str], str]]:
    """Build images on top of the development image.

    A test requests this fixture before ``new_registry``, so that the images are removed last.
    """
    with ExitStack() as images:
        yield lambda lines: images.enter_context(derived_image(lines))


@pytest.fixture
def network() -> Iterator[str]:
    """Create a Docker network. The test has to remove its last container."""
    network = docker.from_env().networks.create(unique_name("net"))
    yield str(network.name)
    network.remove()


def test_broken_image_never_stops_server(
    image: Callable[[str], str], new_registry: Factory
) -> None:
    registry = new_registry()
    outputs = registry.up()
    before = {name: inspect(name)["Id"] for name in registry.containers()}
    bad = image(f"ENTRYPOINT {BROKEN}")
    registry.write(
        image=bad,
        rotation="next",
        tls={"algorithm": "ecdsa-p256", "subject": {"organization": "Next"}},
        server={"logFormat": "json"},
    )
    with load(Client.of(outputs, "spectro")) as failed:
        for shown in (registry.failed_up(), registry.failed_up()):
            assert f"The new image {bad} failed verification." in shown
            assert (
                "The running server was not changed: it keeps its certificate and its passwords. "
                "Set image back, or fix the new image." in shown
            )
            assert "/no/such/file.yaml" in shown, "the new server's log says why"
    assert failed == [], "every request with the old password and certificate must succeed"
    assert {name: inspect(name)["Id"] for name in registry.containers()} == before, (
        "nothing was changed, and no container of the attempt remains"
    )
    registry.write(image=DEVELOPMENT_IMAGE)
    expect_guides_answers(registry.up())


def test_new_image_keeps_packs(image: Callable[[str], str], new_registry: Factory) -> None:
    registry = new_registry()
    outputs = registry.up()
    digest = Client.of(outputs, "admin").push("packs/kept", b"a pack")
    good = image("LABEL release=next")
    registry.write(image=good, rotation="next", server={"headers": {"X-Packs": "yes"}})
    after = registry.up()
    assert inspect(registry.stack_name)["Config"]["Labels"]["release"] == "next"
    expect_guides_answers(after)
    assert Client.of(after, "spectro").pull("packs/kept", digest) == b"a pack"
    assert Client.of(after, "admin", outputs["adminPassword"]).status("/v1/_catalog") == 401, (
        "changed users and settings take effect"
    )
    assert Client.of(after).request("GET", "/health").headers["X-Packs"] == "yes"
    assert f"{registry.stack_name}-candidate" not in registry.containers(), "it is removed"
    registry.expect_no_changes()


def test_leftover_candidate_is_replaced(
    image: Callable[[str], str], new_registry: Factory, network: str
) -> None:
    registry = new_registry()
    registry.up()
    docker.from_env().containers.create(
        DEVELOPMENT_IMAGE,
        name=f"{registry.stack_name}-candidate",
        labels=inspect(registry.stack_name)["Config"]["Labels"],
    )
    registry.write(image=image("LABEL release=next"), networks=[network])
    registry.up()
    assert network in inspect(registry.stack_name)["NetworkSettings"]["Networks"]
    assert registry.containers() == registry.containers_of_https
    registry.down()


def test_smoke_test_uses_paths_of_new_flavor(
    image: Callable[[str], str], new_registry: Factory
) -> None:
    registry = new_registry()
    registry.up()
    container = inspect(registry.stack_name)["Id"]
    registry.write(**DISTRIBUTION, image=image(f"ENTRYPOINT {BROKEN}"))
    shown = registry.failed_up()
    assert "/v2/ without credentials" in shown, "a path of the new flavor"
    assert inspect(registry.stack_name)["Id"] == container, "the pack registry keeps running"
    registry.write(image=image("LABEL release=oci"))
    expect_oci_answers(registry.up())
    assert inspect(registry.stack_name)["Config"]["Labels"]["release"] == "oci"
    assert registry.containers() == registry.containers_of_https, "the candidate is removed"
    registry.expect_no_changes()


def test_new_archive_with_same_tag_is_upgrade(
    image: Callable[[str], str], new_registry: Factory, tmp_path: Path
) -> None:
    client, archive = docker.from_env(), tmp_path / "image.tar"
    old, new = image("LABEL release=old"), image("LABEL release=new")
    registry = new_registry(image=old, imageArchive=str(archive))
    archive.write_bytes(b"".join(client.images.get(old).save(named=old)))
    registry.up()
    registry.expect_no_changes()
    held = client.images.get(old)
    client.images.get(new).tag(old)
    archive.write_bytes(b"".join(client.images.get(old).save(named=old)))
    held.tag(old)
    registry.up()
    assert inspect(registry.stack_name)["Config"]["Labels"]["release"] == "new"
    registry.expect_no_changes(refresh=True)
    registry.down()
