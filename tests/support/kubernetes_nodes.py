"""Failures of the test cluster: drained nodes, nodes without power, a bucket that is gone."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from common.wait import wait_until
from components.kubernetes.cluster import Cluster

DRAIN_SECONDS = 180


def command(variable: str) -> list[str]:
    """Return the command in a variable. Skip the test if there is none."""
    if not os.environ.get(variable):
        pytest.skip(f"{variable} names no command (tests/kubernetes/__init__.py)")
    return shlex.split(os.environ[variable])


@contextmanager
def without_power(node: str) -> Iterator[None]:
    """Cut the power of a node, and restore it at the end. Then wait until the node is ready."""
    cut, restore = command("TEST_KUBERNETES_CUT"), command("TEST_KUBERNETES_RESTORE")
    subprocess.run([*cut, node], check=True)
    try:
        yield
    finally:
        subprocess.run([*restore, node], check=True)
        assert wait_until(lambda: is_ready(node), 120, 1), f"{node} did not return"


@contextmanager
def without_bucket() -> Iterator[None]:
    """Stop the S3 server, and start it at the end."""
    stop, start = command("TEST_KUBERNETES_BUCKET_STOP"), command("TEST_KUBERNETES_BUCKET_START")
    subprocess.run(stop, check=True)
    try:
        yield
    finally:
        subprocess.run(start, check=True)


def nodes() -> list[Any]:
    """List the nodes."""
    return list(Cluster().core.list_node().items)


def is_ready(node: str) -> bool:
    """Return whether the cluster considers a node ready."""
    found = Cluster().core.read_node(node)
    return any(each.type == "Ready" and each.status == "True" for each in found.status.conditions)


def node_at(address: str) -> str:
    """Return the name of the node that has an address."""
    return next(
        str(node.metadata.name)
        for node in nodes()
        if any(each.address == address for each in node.status.addresses)
    )


@contextmanager
def drained(node: str, namespace: str) -> Iterator[None]:
    """Evict the pods of a namespace from a node, as `kubectl drain`. It takes pods at the end."""
    core = Cluster().core
    core.patch_node(node, {"spec": {"unschedulable": True}})
    try:
        assert wait_until(lambda: not _evict(node, namespace), DRAIN_SECONDS, 1), "pods remain"
        yield
    finally:
        core.patch_node(node, {"spec": {"unschedulable": False}})


def _evict(node: str, namespace: str) -> bool:
    """Evict what the disruption budget allows. Returns whether pods were left."""
    from kubernetes import client

    core = Cluster().core
    on_node = core.list_namespaced_pod(namespace, field_selector=f"spec.nodeName={node}").items
    for pod in on_node:
        if pod.metadata.deletion_timestamp is None:
            metadata = client.V1ObjectMeta(name=pod.metadata.name, namespace=namespace)
            try:
                core.create_namespaced_pod_eviction(
                    pod.metadata.name, namespace, client.V1Eviction(metadata=metadata)
                )
            except client.ApiException as error:
                if error.status != 429:  # the budget allows no disruption now
                    raise
    return bool(on_node)
