"""Changes of a registry with three replicas, while clients log in, pull and push.

A request that fails, or a pull with other bytes, is an outage.
"""

from __future__ import annotations

import time

import pytest

from tests.support.docker import skip_or_fail
from tests.support.kubernetes_cluster import (
    BAD_IMAGE,
    BUCKET_URL,
    SICK_IMAGE,
    ClusterRegistry,
    traffic,
)
from tests.support.registry import Client


@pytest.fixture(autouse=True)
def _bucket() -> None:
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
        assert not pods & {pod.name for pod in registry.pods()}, "all pods were replaced"
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
    ("image", "reason"), [(BAD_IMAGE, "exits on purpose"), (SICK_IMAGE, "statuscode: 503")]
)
def test_failing_image_changes_nothing(registry: ClusterRegistry, image: str, reason: str) -> None:
    outputs = registry.up()
    pods = {pod.name for pod in registry.pods()}
    good = registry.settings["image"]
    with traffic(registry, outputs).running() as sent:
        registry.write(image=image)
        registry.failed_up()
        reported = "\n".join(registry.unready_reports())
        assert pods <= {pod.name for pod in registry.pods()}, "the old version serves"
        registry.write(image=good)
        registry.up()
    assert sent.failed == []
    assert reason in reported
    assert {pod.name for pod in registry.pods()} == pods, "no pod was replaced"
    registry.expect_no_changes(refresh=True)
