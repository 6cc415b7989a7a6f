"""zot in a cluster: roles, rotation by a rolling update, and packs that stay."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.docker import skip_or_fail
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.kubernetes_cluster import BUCKET_URL, IMAGE, ClusterRegistry
from tests.support.packs import push_versions, versions_of
from tests.support.registry import Client

ZOT_IMAGE = os.environ.get("TEST_KUBERNETES_ZOT_IMAGE", "")


@pytest.fixture
def zot(engine: None, tmp_path: Path) -> Iterator[ClusterRegistry]:
    missing = None if BUCKET_URL else "TEST_KUBERNETES_S3 names no bucket that the pods reach"
    missing = missing if ZOT_IMAGE else "TEST_KUBERNETES_ZOT_IMAGE names no image of zot"
    skip_or_fail(missing, "REQUIRE_ZOT")
    registry = ClusterRegistry(tmp_path, **ZOT, image=ZOT_IMAGE)
    registry.use_bucket()
    yield registry
    registry.down()


def client(registry: ClusterRegistry, outputs: dict[str, str], user: str) -> Client:
    made = Client.of(outputs, user)
    (pod,) = registry.pods()
    made.address = pod.host_address
    return made


def test_zot_keeps_packs_and_roles(zot: ClusterRegistry) -> None:
    before = zot.up()
    digest = client(zot, before, "admin").push("packs/nginx", b"a pack")
    upload = "/v2/packs/nginx/blobs/uploads/"
    assert client(zot, before, "spectro").status(upload, "POST") == 403
    zot.expect_no_changes(refresh=True)

    zot.write(rotation="2027-01")
    after = zot.up()
    assert client(zot, after, "spectro").pull("packs/nginx", digest) == b"a pack"
    old = client(zot, before, "admin")
    assert old.status("/v2/") == 401, "the old password is rejected"
    zot.expect_no_changes(refresh=True)


def test_change_of_server_keeps_packs_visible(zot: ClusterRegistry) -> None:
    zot.write(users=DISTRIBUTION["users"])
    before = zot.up()
    admin = client(zot, before, "admin")
    push_versions(admin, "packs/nginx", "1.0.0")
    (pod,) = zot.pods()

    zot.write(**DISTRIBUTION, image=IMAGE)
    shown = " ".join(zot.failed_up().split())
    assert "ociServer: 1 version in" in shown
    assert "such as packs/nginx:1.0.0" in shown
    assert [each.name for each in zot.pods()] == [pod.name]
    assert versions_of(admin, "packs/nginx") == {"1.0.0"}
