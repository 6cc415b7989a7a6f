"""Mirrors: a zot that copies the packs of another registry of the product."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from common.wait import wait_until
from components.servers.zot.mirror_log import MirrorActivity, read_mirror_log
from tests.engine.conftest import Factory
from tests.engine.test_secrecy import encodings
from tests.support.distribution import distribution_image, distribution_is_missing
from tests.support.docker import bridge_gateway, container_names, inspect, skip_or_fail
from tests.support.engine import EngineRegistry
from tests.support.flavors import ZOT
from tests.support.packs import is_ready, push_versions, versions_of, whole
from tests.support.registry import Client
from tests.support.relay import Mode, Relay, relay
from tests.support.s3 import bucket
from tests.support.zot import log_lines, require_zot, zot_image

PATIENCE = 180
"""Seconds. No check depends on how fast a copy is."""
PACKS = [f"packs/team-{index % 3}/pack-{index:02}" for index in range(20)]
MEBIBYTE = 2**20
SIZE = MEBIBYTE // 4
TLS = {"mode": "private-ca", "algorithm": "ecdsa-p256"}


@pytest.fixture(autouse=True)
def _zot() -> None:
    require_zot()


@contextlib.contextmanager
def image_of(server: str) -> Iterator[str]:
    if server == "zot":
        yield zot_image()
    else:
        skip_or_fail(distribution_is_missing(), "REQUIRE_DISTRIBUTION")
        with distribution_image() as image:
            yield image


class Source:
    """A registry that containers can reach, with a user that reads it."""

    def __init__(self, new_registry: Factory, server: str, image: str) -> None:
        self.address = bridge_gateway()
        role = "reader" if server == "zot" else "writer"
        self.registry = new_registry(
            flavor="oci",
            ociServer=server,
            image=image,
            hostname=self.address,
            bindAddress=self.address,
            tls=TLS,
            users=[{"name": "mirror", "role": role}],
        )
        self.outputs = self.registry.up()
        self.password: str = self.outputs["users"]["mirror"]
        self.admin = dataclasses.replace(Client.of(self.outputs, "admin"), address=self.address)

    @property
    def server(self) -> tuple[str, int]:
        return self.address, self.registry.port

    def mirror(self, netloc: str = "", **options: Any) -> dict[str, Any]:
        """The mirror's settings, without the password."""
        return {
            "url": f"https://{netloc or '{}:{}'.format(*self.server)}",
            "username": "mirror",
            "caPem": self.outputs["caCertificate"],
            **options,
        }


def mirror_of(
    new_registry: Factory, source: Source, mirror: dict[str, Any], **settings: Any
) -> EngineRegistry:
    """Prepare a zot that copies from a source."""
    registry = new_registry(**ZOT, image=zot_image(), zot={"mirrors": [mirror]}, **settings)
    registry.set_secret("zot.mirrors[0].password", source.password)
    return registry


def log_of(registry: EngineRegistry) -> str:
    return docker.from_env().containers.get(registry.stack_name).logs().decode()


@pytest.mark.parametrize("server", ["zot", "distribution"])
def test_interrupted_copies_become_whole(
    new_registry: Factory, server: str, tmp_path: Path
) -> None:
    storage = {"kind": "path", "path": str(tmp_path / "packs")}
    (tmp_path / "packs").mkdir()
    with image_of(server) as image:
        source = Source(new_registry, server, image)
        for pack in PACKS:
            push_versions(source.admin, pack, "1.0.0", size=SIZE)
        expected = {pack: whole(source.admin, pack, "1.0.0") for pack in PACKS}
        with relay(source.address, source.server) as link:
            link.limit(Mode.CUT, 6 * SIZE)
            registry = mirror_of(
                new_registry,
                source,
                source.mirror(link.netloc, interval="3s"),
                storage=storage,
            )
            outputs = registry.up()
            expect_cut_and_kill(link, registry, outputs)
            reader = Client.of(outputs, "spectro")
            assert wait_until(
                lambda: all(versions_of(reader, pack) for pack in PACKS), PATIENCE, 1
            ), log_of(registry)[-3000:]
        assert {pack: whole(reader, pack, "1.0.0") for pack in PACKS} == expected
        left = list((tmp_path / "packs").rglob(".sync/*"))
        assert left == [], "an interrupted copy leaves nothing next to the packs"
        expect_reads_without_source(source, reader, expected)
        expect_secret_is_hidden(registry, source.password)
        registry.expect_no_changes(refresh=True)


def expect_cut_and_kill(link: Relay, registry: EngineRegistry, outputs: dict[str, Any]) -> None:
    """Cut the connection within a copy, then kill the mirror within a copy."""
    container = docker.from_env().containers.get(registry.stack_name)
    assert link.reached.wait(PATIENCE), log_of(registry)[-3000:]
    link.resume()
    link.limit(Mode.HOLD, 4 * SIZE)
    assert link.reached.wait(PATIENCE), log_of(registry)[-3000:]
    container.kill()
    link.resume()
    container.start()
    assert wait_until(lambda: is_ready(Client.of(outputs)), PATIENCE), log_of(registry)[-3000:]


def expect_reads_without_source(
    source: Source, reader: Client, expected: dict[str, dict[str, bytes]]
) -> None:
    docker.from_env().containers.get(source.registry.stack_name).stop()
    assert {pack: whole(reader, pack, "1.0.0") for pack in PACKS} == expected
    expect_missing(reader, PACKS[0])


def expect_missing(reader: Client, repository: str, version: str = "9.9.9") -> None:
    """Check that a mirror answers 404 for a version that it can't copy."""
    missing = reader.request("GET", f"/v2/{repository}/manifests/{version}")
    code = json.loads(missing.data)["errors"][0]["code"]
    assert (missing.status, code) in {(404, "MANIFEST_UNKNOWN"), (404, "NAME_UNKNOWN")}


def expect_secret_is_hidden(registry: EngineRegistry, password: str) -> None:
    """Check that only the server's file contains the password of the source."""
    archive, _ = docker.from_env().api.get_archive(
        f"{registry.stack_name}-config-configuration-writer", "/config/mirror-credentials.json"
    )
    assert password.encode() in b"".join(archive)
    shown = json.dumps([inspect(name) for name in container_names(registry.stack_name)])
    files = [
        path.read_bytes()
        for path in registry.directory.rglob("*")
        if path.is_file() and not path.is_symlink()
    ]
    everything = b"\n".join([(shown + log_of(registry) + registry.said).encode(), *files])
    assert registry.stack_name.encode() in everything
    assert [form for form in encodings(password) if form in everything] == []


def test_large_pack_reaches_bucket(new_registry: Factory) -> None:
    source = Source(new_registry, "zot", zot_image())
    push_versions(source.admin, "packs/large", "1.0.0", size=80 * MEBIBYTE)
    expected = whole(source.admin, "packs/large", "1.0.0")
    with bucket() as created:
        registry = mirror_of(new_registry, source, source.mirror(), storage=created.storage)
        for name in ("accessKey", "secretKey"):
            registry.set_secret(f"storage.s3.{name}", f"MARKER{name}1234567890")
        outputs = registry.up()
        reader = Client.of(outputs, "spectro")
        reader.status("/v2/packs/large/manifests/1.0.0")  # the copy may outlast the request
        assert wait_until(lambda: "1.0.0" in versions_of(reader, "packs/large"), PATIENCE, 1), (
            log_of(registry)[-3000:]
        )
        assert whole(reader, "packs/large", "1.0.0") == expected
        registry.expect_no_changes(refresh=True)
        registry.down()


def test_copies_on_demand_obey_roles(new_registry: Factory) -> None:
    source = Source(new_registry, "zot", zot_image())
    for pack in ("packs/team-a/base", "packs/team-b/base", "charts/base"):
        push_versions(source.admin, pack, "1.0.0")
    registry = mirror_of(
        new_registry,
        source,
        source.mirror(repositories=["packs"]),
        users=[{"name": "team-a", "repositories": ["packs/team-a"]}, {"name": "spectro"}],
    )
    outputs = registry.up()
    team, reader = Client.of(outputs, "team-a"), Client.of(outputs, "spectro")
    assert team.status("/v2/packs/team-b/base/manifests/1.0.0") == 403
    assert Client.of(outputs).status("/v2/packs/team-b/base/manifests/1.0.0") == 401
    assert copied(registry) == set(), "a rejected request copies nothing"

    expected = whole(source.admin, "packs/team-a/base", "1.0.0")
    assert whole(team, "packs/team-a/base", "1.0.0") == expected
    assert copied(registry) == {"packs/team-a/base"}, "only what was requested"
    assert reader.status("/v2/charts/base/manifests/1.0.0") == 404, "not a mirrored path"
    expect_missing(reader, "packs/team-a/base")

    docker.from_env().containers.get(source.registry.stack_name).stop()
    assert whole(team, "packs/team-a/base", "1.0.0") == expected
    expect_missing(reader, "packs/team-b/base")


def copied(registry: EngineRegistry) -> set[str]:
    """Return the repositories that a mirror has copied a version to."""
    return {
        line["repo"]
        for line in log_lines(registry.stack_name)
        if line.get("message") == "successfully synced image"
    }


def test_ca_and_password_are_required(new_registry: Factory) -> None:
    source = Source(new_registry, "zot", zot_image())
    push_versions(source.admin, "packs/nginx", "1.0.0")
    options = source.mirror()
    without_ca = {key: value for key, value in options.items() if key != "caPem"}
    registry = mirror_of(new_registry, source, without_ca)
    reader = Client.of(registry.up(), "spectro")
    expect_missing(reader, "packs/nginx", "1.0.0")
    assert "certificate signed by unknown authority" in reason_of(registry, source)

    public = {key: value for key, value in options.items() if key != "username"}
    registry.write(zot={"mirrors": [public]})
    reader = Client.of(registry.up(), "spectro")
    expect_missing(reader, "packs/nginx", "1.0.0")
    assert "unauthorized" in reason_of(registry, source)

    registry.write(zot={"mirrors": [options]})
    registry.set_secret("zot.mirrors[0].password", source.password)
    reader = Client.of(registry.up(), "spectro")
    assert whole(reader, "packs/nginx", "1.0.0") == whole(source.admin, "packs/nginx", "1.0.0")
    found = activity_of(registry, source)
    assert (found.version, found.failure) == ("packs/nginx:1.0.0", None)

    docker.from_env().containers.get(source.registry.stack_name).stop()
    expect_missing(reader, "packs/nginx", "2.0.0")
    assert "connection refused" in reason_of(registry, source)


def activity_of(registry: EngineRegistry, source: Source) -> MirrorActivity:
    """Return what `make status` reads in the log of a mirror."""
    host = "{}:{}".format(*source.server)
    return read_mirror_log(log_of(registry).splitlines(), [host])[host]


def reason_of(registry: EngineRegistry, source: Source) -> str:
    """Return why the last copy failed."""
    failure = activity_of(registry, source).failure
    assert failure, log_of(registry)[-3000:]
    return failure.reason


def test_versions_at_intervals(new_registry: Factory) -> None:
    source = Source(new_registry, "zot", zot_image())
    push_versions(source.admin, "packs/nginx", "1.0.0", "1.1.0", "2.0.0")
    registry = mirror_of(
        new_registry, source, source.mirror(interval="3s", onDemand=False, tags="^1[.]")
    )
    reader = Client.of(registry.up(), "spectro")
    first = {"1.0.0", "1.1.0"}
    assert wait_until(lambda: versions_of(reader, "packs/nginx") == first, PATIENCE, 1)
    expect_missing(reader, "packs/nginx", "2.0.0")
    push_versions(source.admin, "packs/nginx", "1.2.0", "2.1.0")
    second = {*first, "1.2.0"}
    assert wait_until(lambda: versions_of(reader, "packs/nginx") == second, PATIENCE, 1)
    found = activity_of(registry, source)
    assert (found.compared, found.listed, found.failure) == (True, True, None)
    assert found.version == "packs/nginx:1.2.0"
