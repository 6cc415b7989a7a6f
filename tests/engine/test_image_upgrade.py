"""A new image is proven before the old container is touched."""

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
from tests.support.registry import Client, expect_guides_answers, expect_oci_answers

ENDS_AT_ONCE = '["/spectro-server", "serve", "/no/such/file.yaml"]'


@contextmanager
def load(client: Client) -> Iterator[list[str]]:
    """Ask without a pause from four sides; what did not come back as it must."""
    failed: list[str] = []
    ended, asked = threading.Event(), [0]

    def ask() -> None:
        while not ended.is_set():
            try:
                status = client.status("/v1/_catalog")
            except (urllib3.exceptions.HTTPError, OSError) as error:
                failed.append(repr(error))
            else:
                failed.extend([] if status == 200 else [str(status)])
            asked[0] += 1

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield failed
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert asked[0] > 50, "a load that asks little proves little"


@pytest.fixture
def image() -> Iterator[Callable[[str], str]]:
    """Make an image of the development image's, with other lines below it. A test asks for it before the registry, which goes before it then."""
    with ExitStack() as made:
        yield lambda lines: made.enter_context(derived_image(lines))


@pytest.fixture
def network() -> Iterator[str]:
    """A network of Docker's, whose last container a test has to remove."""
    made = docker.from_env().networks.create(unique_name("net"))
    yield str(made.name)
    made.remove()


def test_a_bad_image_never_stops_the_server_that_runs(
    image: Callable[[str], str], registry: Factory
) -> None:
    made = registry()
    outputs = made.up()
    before = {name: inspect(name)["Id"] for name in made.containers()}
    bad = image(f"ENTRYPOINT {ENDS_AT_ONCE}")
    made.write(
        image=bad,
        rotation="next",
        tls={"algorithm": "ecdsa-p256", "subject": {"organization": "Next"}},
        server={"logFormat": "json"},
    )
    with load(Client.of(outputs, "spectro")) as failed:
        for shown in (made.failed_up(), made.failed_up()):
            assert f"The new image {bad} failed verification." in shown
            assert (
                "the server that runs was not touched; set image back, or mend the new one" in shown
            )
            assert "/no/such/file.yaml" in shown, "the new server's log says why"
    assert failed == [], (
        "not one request to the old version may fail, by the old password and with the old certificate"
    )
    assert {name: inspect(name)["Id"] for name in made.containers()} == before, (
        "nothing was written, and nothing of the attempt is left"
    )
    made.write(image=DEVELOPMENT_IMAGE)
    expect_guides_answers(made.up())


def test_a_good_image_takes_the_place_of_the_old_one_with_its_packs(
    image: Callable[[str], str], registry: Factory
) -> None:
    made = registry()
    outputs = made.up()
    digest = Client.of(outputs, "admin").push("packs/kept", b"a pack")
    good = image("LABEL release=next")
    made.write(image=good, rotation="next", server={"headers": {"X-Packs": "yes"}})
    after = made.up()
    assert inspect(made.stack_name)["Config"]["Labels"]["release"] == "next"
    expect_guides_answers(after)
    assert Client.of(after, "spectro").pull("packs/kept", digest) == b"a pack"
    assert Client.of(after, "admin", outputs["adminPassword"]).status("/v1/_catalog") == 401, (
        "users and settings that were changed with it are new"
    )
    assert Client.of(after).request("GET", "/health").headers["X-Packs"] == "yes"
    assert f"{made.stack_name}-candidate" not in made.containers(), "it is removed"
    made.expect_no_changes()


def test_the_candidate_of_an_update_that_was_killed_is_cleared_and_the_next_one_joins_the_networks(
    image: Callable[[str], str], registry: Factory, network: str
) -> None:
    made = registry()
    made.up()
    docker.from_env().containers.create(
        DEVELOPMENT_IMAGE,
        name=f"{made.stack_name}-candidate",
        labels=inspect(made.stack_name)["Config"]["Labels"],
    )
    made.write(image=image("LABEL release=next"), networks=[network])
    made.up()
    assert network in inspect(made.stack_name)["NetworkSettings"]["Networks"]
    assert made.containers() == made.containers_of_https
    made.down()


def test_an_image_of_the_other_flavor_is_proven_by_the_other_flavors_paths(
    image: Callable[[str], str], registry: Factory
) -> None:
    made = registry()
    made.up()
    container = inspect(made.stack_name)["Id"]
    made.write(flavor="oci", image=image(f"ENTRYPOINT {ENDS_AT_ONCE}"))
    shown = made.failed_up()
    assert "/v2/ without credentials" in shown, "what the new server would have to answer"
    assert inspect(made.stack_name)["Id"] == container, "the pack registry runs on"
    made.write(image=image("LABEL release=oci"))
    expect_oci_answers(made.up())
    assert inspect(made.stack_name)["Config"]["Labels"]["release"] == "oci"
    assert made.containers() == made.containers_of_https, "the candidate is removed"
    made.expect_no_changes()


def test_an_archive_that_was_renewed_under_the_same_tag_is_an_upgrade(
    image: Callable[[str], str], registry: Factory, tmp_path: Path
) -> None:
    client, archive = docker.from_env(), tmp_path / "image.tar"
    old, new = image("LABEL release=old"), image("LABEL release=new")
    made = registry(image=old, imageArchive=str(archive))
    archive.write_bytes(b"".join(client.images.get(old).save(named=old)))
    made.up()
    made.expect_no_changes()
    held = client.images.get(old)
    client.images.get(new).tag(old)
    archive.write_bytes(b"".join(client.images.get(old).save(named=old)))
    held.tag(old)
    made.up()
    assert inspect(made.stack_name)["Config"]["Labels"]["release"] == "new"
    made.expect_no_changes(refresh=True)
    made.down()
