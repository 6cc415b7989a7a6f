"""Stacks of a copied project whose registries are on the cluster, for the second day's commands."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from common.wait import wait_until
from components.kubernetes import names
from components.kubernetes.cluster import Cluster, PodState
from tests.support.backups import BackedUp, all_versions
from tests.support.collections import AskingClient
from tests.support.docker import free_port
from tests.support.engine import NO_PROXY
from tests.support.kubernetes_cluster import IMAGE, bucket_settings
from tests.support.packs import whole
from tests.support.registry import Client

DELETIONS = {"extra": {"storage": {"delete": {"enabled": True}}}}
WITHOUT_PROXY = dict.fromkeys(NO_PROXY, "*")
DELETE_SECONDS = 120
START_SECONDS = 60
VOLUMES = "/var/lib/pack-registry-tests"
"""Directory of the nodes with volumes, if the cluster has no default storage class."""


def settings_on_cluster(stack: str, replicas: int) -> dict[str, Any]:
    """Return the settings of a stack in its own namespace, at a node port."""
    (node, *_) = Cluster().core.list_node().items
    address = next(each.address for each in node.status.addresses if each.type == "InternalIP")
    service = {"type": "NodePort", "nodePort": 30000 + free_port() % 2700}
    return {
        "target": "kubernetes",
        "hostname": os.environ.get("TEST_KUBERNETES_ADDRESS") or str(address),
        "image": IMAGE,
        "containerName": stack,
        "tls": {"algorithm": "ecdsa-p256"},
        "server": DELETIONS,
        "kubernetes": {"namespace": stack, "service": service, "replicas": replicas},
    }


def new_bucket_storage() -> dict[str, Any]:
    """Return storage settings with an unused prefix of the test bucket, and with its keys."""
    storage, access_key, secret_key = bucket_settings()
    storage["s3"] |= {"accessKey": access_key, "secretKey": secret_key}
    return storage


@dataclass
class ClusterStack(BackedUp):
    """One stack of a copied project."""

    cluster: Cluster = field(default_factory=Cluster)

    def client(self, outputs: dict[str, Any], user: str = "admin") -> Client:
        """Connect to the Service."""
        made = AskingClient.of(outputs, user)
        made.address = made.endpoint.split("//")[1].rsplit(":", 1)[0]
        return made

    def run(self, *command: str, code: int = 0, environment: dict[str, str] | None = None) -> str:
        """Run a command. Proxies do not reach the cluster."""
        return super().run(
            *command, code=code, environment={**WITHOUT_PROXY, **(environment or {})}
        )

    def digests(self, outputs: dict[str, Any]) -> dict[tuple[str, str], str]:
        """Return the digests of all versions. Pulls all blobs and checks their digests."""
        client = self.client(outputs)
        return {
            (repository, tag): next(iter(whole(client, repository, tag)))
            for repository, tags in all_versions(client).items()
            for tag in tags
        }

    def pods(self) -> list[PodState]:
        """The pods that are not being deleted."""
        found = self.cluster.pods(self.stack, names.selector(self.stack))
        return [pod for pod in found if not pod.terminating]

    def patch_server(self, **changes: Any) -> None:
        """Change the server's container without Pulumi."""
        from kubernetes import client

        container = {"name": names.CONTAINER, **changes}
        client.AppsV1Api(self.cluster.core.api_client).patch_namespaced_deployment(
            self.stack,
            self.stack,
            {"spec": {"template": {"spec": {"containers": [container]}}}},
        )

    def remove(self) -> None:
        """Remove the namespace with everything in it, and wait until it is gone."""
        from kubernetes import client

        with contextlib.suppress(client.ApiException):
            self.cluster.core.delete_namespace(self.stack)
            self.cluster.core.delete_collection_namespaced_pod(self.stack, grace_period_seconds=0)
        gone = wait_until(
            lambda: self.cluster.find("Namespace", self.stack) is None, DELETE_SECONDS, 0.5
        )
        assert gone, f"the namespace {self.stack} still exists"


@contextlib.contextmanager
def volume_for(stack: ClusterStack) -> Iterator[None]:
    """Provide the volume of a stack's claim: by the default storage class, or on a node."""
    from kubernetes import client

    core = stack.cluster.core
    storage = client.StorageV1Api(core.api_client)
    default = "storageclass.kubernetes.io/is-default-class"
    classes = storage.list_storage_class().items
    if any((each.metadata.annotations or {}).get(default) == "true" for each in classes):
        yield
        return
    provisioner = "kubernetes.io/no-provisioner"
    storage.create_storage_class({"metadata": {"name": stack.stack}, "provisioner": provisioner})
    stack.configure(
        kubernetes={
            **settings_on_cluster(stack.stack, 1)["kubernetes"],
            "storageClass": stack.stack,
        }
    )
    (node, *_) = core.list_node().items
    path, node_name = f"{VOLUMES}/{stack.stack}", node.metadata.name
    _make_directory(core, stack.stack, node_name, path)
    term = {"key": "metadata.name", "operator": "In", "values": [node_name]}
    core.create_persistent_volume(
        {
            "metadata": {"name": stack.stack},
            "spec": {
                "capacity": {"storage": "20Gi"},
                "accessModes": ["ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                "storageClassName": stack.stack,
                "local": {"path": path},  # unlike hostPath, with the group of the pods
                "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchFields": [term]}]}},
            },
        }
    )
    try:
        yield
    finally:
        core.delete_persistent_volume(stack.stack)
        storage.delete_storage_class(stack.stack)


def _make_directory(core: Any, name: str, node: str, path: str) -> None:
    """Let the kubelet create a directory, for a pod that mounts it and ends."""
    spec = {
        "nodeName": node,
        "restartPolicy": "Never",
        "containers": [
            {
                "name": "directory",
                "image": IMAGE,
                "args": ["--help"],
                "volumeMounts": [{"name": "directory", "mountPath": "/data"}],
            }
        ],
        "volumes": [{"name": "directory", "hostPath": {"path": path, "type": "DirectoryOrCreate"}}],
    }
    core.create_namespaced_pod("default", {"metadata": {"name": name}, "spec": spec})
    try:
        phases = ("Running", "Succeeded", "Failed")
        started = wait_until(
            lambda: core.read_namespaced_pod(name, "default").status.phase in phases,
            START_SECONDS,
            0.5,
        )
        assert started, f"no pod could mount {path} of node {node}"
    finally:
        core.delete_namespaced_pod(name, "default", grace_period_seconds=0)
