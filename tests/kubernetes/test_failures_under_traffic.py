"""Nodes that are drained or lose their power, and a bucket that is gone, while clients work."""

from __future__ import annotations

import time

import pytest

from tests.support.docker import skip_or_fail
from tests.support.kubernetes_cluster import BUCKET_URL, WORKERS, ClusterRegistry, traffic
from tests.support.kubernetes_nodes import (
    command,
    drained,
    node_at,
    nodes,
    without_bucket,
    without_power,
)

OUTAGE_SECONDS = 20


@pytest.fixture(autouse=True)
def _bucket(engine: None) -> None:
    missing = None if BUCKET_URL else "TEST_KUBERNETES_S3 names no bucket that the pods reach"
    skip_or_fail(missing, "REQUIRE_KUBERNETES")


def test_drain_of_each_node(registry: ClusterRegistry) -> None:
    outputs = registry.up()
    with traffic(registry, outputs).running() as sent:
        for node in nodes():
            with drained(node.metadata.name, registry.namespace):
                pass
    assert sent.failed == []
    registry.wait_for_pods()
    registry.expect_no_changes(refresh=True)


def test_update_while_node_is_gone(registry: ClusterRegistry) -> None:
    """Only the requests that the node was serving fail, and an update needs no other node."""
    command("TEST_KUBERNETES_CUT")
    outputs = registry.up()
    pods = registry.pods()
    with traffic(registry, outputs).running() as sent:
        time.sleep(2)
        with without_power(node_at(pods[0].host_address)):
            registry.write(logLevel="debug")
            registry.up()
            ready = {pod.name for pod in registry.pods() if pod.ready}
            assert len(ready) == 3
            assert not ready & {pod.name for pod in pods}
        registry.expect_no_changes(refresh=True)
        assert registry.up(refresh=True) == outputs
        assert {pod.name for pod in registry.pods()} == ready, "the node's return changes nothing"
    assert len(sent.failed) <= WORKERS, sent.failed


def test_node_without_power(registry: ClusterRegistry) -> None:
    command("TEST_KUBERNETES_CUT")
    outputs = registry.up()
    (lost, *_) = registry.pods()
    with traffic(registry, outputs).running() as sent:
        time.sleep(2)
        with without_power(node_at(lost.host_address)):
            registry.wait_for_pods(without=lost.name)
    assert len(sent.failed) <= WORKERS, sent.failed


def test_bucket_is_gone(registry: ClusterRegistry) -> None:
    command("TEST_KUBERNETES_BUCKET_STOP")
    outputs = registry.up()
    pods = registry.pods()
    with traffic(registry, outputs).running() as sent:
        time.sleep(2)
        with without_bucket():
            time.sleep(OUTAGE_SECONDS)
            gone = len(sent.failed)
    assert gone, "requests need the bucket"
    assert [each for each in sent.failed if "of 200000 bytes" in each] == []
    assert registry.pods() == pods, "no pod was restarted or replaced"
    with traffic(registry, outputs).running() as whole:
        time.sleep(5)
    assert whole.failed == []
    registry.expect_no_changes(refresh=True)
