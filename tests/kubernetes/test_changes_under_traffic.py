"""Changes of a registry with three replicas, while clients log in, pull and push.

A request that fails, or a pull with other bytes, is an outage.
"""

from __future__ import annotations

import copy
import time

import pytest

from tests.support.docker import skip_or_fail
from tests.support.kubernetes_cluster import (
    BAD_IMAGE,
    BUCKET_URL,
    NEXT_IMAGE,
    SICK_IMAGE,
    ClusterRegistry,
    traffic,
)
from tests.support.registry import Client


@pytest.fixture(autouse=True)
def _bucket(engine: None) -> None:
    missing = None if BUCKET_URL else "TEST_KUBERNETES_S3 names no bucket that the pods reach"
    skip_or_fail(missing, "REQUIRE_KUBERNETES")


def test_lifecycle_without_failed_requests(registry: ClusterRegistry) -> None:
    before = registry.up()
    pods = {pod.name for pod in registry.pods()}
    assert len(pods) == 3
    registry.expect_no_changes(refresh=True)

    # Both users keep their passwords: their clients must see no failure.
    with traffic(registry, before).running() as sent:
        registry.write(users=[{"name": "spectro"}, {"name": "ci"}])
        added = registry.up()
        assert {pod.name for pod in registry.pods()} == pods, "no pod was replaced"
        registry.write(users=[{"name": "spectro"}, {"name": "ci", "rotation": "2"}])
        rotated = registry.up()
        for user in ("spectro", "ci"):
            client = Client.of(rotated, user)
            client.address = registry.address
            assert client.status("/v1/_catalog") == 200
        old = Client.of(added, "ci")
        old.address = registry.address
        assert {old.status("/v1/_catalog") for _ in range(12)} == {401}, "no pod knows it"
        registry.write(logLevel="debug")
        registry.up()
        replaced = {pod.name for pod in registry.pods()}
        assert not pods & replaced, "all pods were replaced"
        registry.write(image=NEXT_IMAGE)
        registry.up()
        assert not replaced & {pod.name for pod in registry.pods()}, "all pods run the new image"
    assert sent.failed == []
    assert sent.requests > 50


def test_renewal_without_failed_requests(registry: ClusterRegistry) -> None:
    """Clients that trust the CA accept each replica, with the old certificate or the new one."""
    registry.write(tls={"mode": "private-ca", "algorithm": "ecdsa-p256"})
    before = registry.up()
    with traffic(registry, before).running() as sent:
        registry.write(tls={"mode": "private-ca", "algorithm": "ecdsa-p256", "validityDays": 30})
        renewed = registry.up()
        time.sleep(2)
    assert sent.failed == []
    assert renewed["caCertificate"] == before["caCertificate"]
    assert renewed["certificateNotAfter"] < before["certificateNotAfter"]
    registry.expect_no_changes(refresh=True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"image": BAD_IMAGE}, "exits on purpose"),
        ({"image": SICK_IMAGE}, "503: sick on purpose"),
        ({"bucket": "absent"}, 'Set storage.s3.bucket ("absent")'),
        ({"endpoint": "http://127.0.0.1:9"}, 'Check storage.s3.endpoint ("http://127.0.0.1:9")'),
    ],
    ids=["image exits", "image is sick", "no such bucket", "no S3 server"],
)
def test_failing_change_changes_nothing(
    registry: ClusterRegistry, change: dict[str, str], reason: str
) -> None:
    outputs = registry.up()
    pods = registry.pods()
    good = copy.deepcopy(registry.settings)
    with traffic(registry, outputs).running() as sent:
        storage = copy.deepcopy(good["storage"])
        storage["s3"] |= {key: value for key, value in change.items() if key != "image"}
        registry.write(storage=storage, image=change.get("image", good["image"]))
        said = registry.failed_up()
        assert registry.pods() == pods, "the old version serves"
        registry.write(storage=good["storage"], image=good["image"])
        registry.expect_no_changes(refresh=True)
        registry.up()
    assert sent.failed == []
    assert reason in said
    assert "The running servers are unchanged." in said
    assert registry.pods() == pods
