"""A registry whose objects are rendered on the recording engine and applied to a real cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kubernetes import client, config
from kubernetes.dynamic import DynamicClient

from common.wait import wait_until
from components.kubernetes import names
from components.kubernetes.cluster import Cluster, PodState
from components.kubernetes.forward import forwarded_port
from components.kubernetes.plan import KubernetesPlan
from components.kubernetes.post_update import finish_update
from components.verification.tls_client import TlsTrust
from tests.support.docker import free_port, unique_name
from tests.support.kubernetes import declare_on_kubernetes, manifest, objects
from tests.support.kubernetes_cluster import IMAGE
from tests.support.kubernetes_plan import kubernetes_plan_of
from tests.support.recording import Run
from tests.support.registry import Client

SECONDS = 120
"""Time for a pod to start, and for a namespace to disappear."""


def cluster_is_missing() -> str | None:
    """Say why tests on a cluster without Pulumi can't run; None if they can.

    `make test` must not change a cluster that happens to be in the environment.
    """
    if os.environ.get("REQUIRE_CLUSTER") != "1":
        return "the cluster of KUBECONFIG is used only if REQUIRE_CLUSTER=1 is set"
    if not os.environ.get("KUBECONFIG"):
        return "KUBECONFIG names no cluster for tests (`make test-cluster` starts one)"
    try:
        Cluster().version()
    except Exception as error:
        return f"the cluster of KUBECONFIG does not respond: {error}"
    return None


@dataclass
class AppliedRegistry:
    """A registry in its own namespace, whose packs are in memory."""

    directory: Path
    """For the client's cache."""
    namespace: str = field(default_factory=lambda: unique_name("test"))
    cluster: Cluster = field(default_factory=Cluster)
    node_port: int = field(default_factory=lambda: 30000 + free_port() % 2700)

    def render(self, **settings: Any) -> Run:
        """Declare the registry with changed settings on the recording engine."""
        return declare_on_kubernetes(**self._settings(settings))

    def plan(self, **settings: Any) -> KubernetesPlan:
        """Return what the registry needs from the cluster."""
        return kubernetes_plan_of(hostname="registry.example.com", **self._settings(settings))

    def _settings(self, changes: dict[str, Any]) -> dict[str, Any]:
        service = {"type": "NodePort", "nodePort": self.node_port}
        return {
            "image": IMAGE,
            "storage": {"kind": "memory", "confirmLoss": True},
            "kubernetes": {"namespace": self.namespace, "service": service},
            **changes,
        }

    def apply(self, run: Run, *only: str) -> None:
        """Apply the rendered objects as `kubectl apply --server-side` does, all or some of them.

        :param only: names of resources.
        """
        api = DynamicClient(
            config.new_client_from_config(), cache_file=str(self.directory / "discovery")
        )
        found = [each for each in objects(run) if not only or each.name in only]
        # Nothing else can be created before its namespace.
        for each in sorted(found, key=lambda declared: declared.inputs["kind"] != "Namespace"):
            body = manifest(each)
            resource = api.resources.get(api_version=body["apiVersion"], kind=body["kind"])
            metadata = body["metadata"]
            resource.server_side_apply(
                body=body,
                name=metadata["name"],
                namespace=metadata.get("namespace"),
                field_manager="test",
            )

    def pod(self) -> PodState:
        """Wait until the registry's only pod is ready."""
        selector, found = names.selector(self.plan().name), list[PodState]()

        def is_ready() -> bool:
            found[:] = self.cluster.pods(self.namespace, selector)
            return len(found) == 1 and found[0].ready

        assert wait_until(is_ready, SECONDS, interval=0.5), f"not one ready pod: {found}"
        return found[0]

    def verify(self, run: Run) -> None:
        """End an update as the product does: it activates the users and verifies every pod."""
        trust = TlsTrust(run.outputs["caCertificate"])
        finish_update(self.cluster, self.plan(), run.outputs["users"], trust)

    @contextmanager
    def client(self, run: Run, user: str | None = None) -> Iterator[Client]:
        """Connect to the pod through the cluster's API."""
        with forwarded_port(self.cluster, self.namespace, self.pod().name, 5000) as port:
            made = Client.of(run.outputs, user)
            made.endpoint = f"https://{urlsplit(made.endpoint).hostname}:{port}"
            yield made

    def status(self, run: Run, user: str) -> int:
        """Return the status of the catalog with the user's password of a run."""
        with self.client(run, user) as sent:
            return sent.status("/v1/_catalog")

    def remove(self) -> None:
        """Remove the namespace with everything in it, and wait until it is gone."""
        try:
            self.cluster.core.delete_namespace(self.namespace)
            # Otherwise the namespace waits for all the time that a server has to stop.
            self.cluster.core.delete_collection_namespaced_pod(
                self.namespace, grace_period_seconds=0
            )
        except client.ApiException as error:
            if error.status != 404:
                raise
        gone = wait_until(
            lambda: self.cluster.find("Namespace", self.namespace) is None, SECONDS, interval=0.5
        )
        assert gone, f"the namespace {self.namespace} still exists"
