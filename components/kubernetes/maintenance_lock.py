"""The lock of a registry in a Kubernetes cluster: a Lease, which only one client can create."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from common.labels import MAINTENANCE_LABEL, Owner
from components.kubernetes import names
from components.kubernetes.cluster import REQUEST_SECONDS, Cluster, Permission
from components.maintenance.lock import Holder, Lock

if TYPE_CHECKING:
    from kubernetes import client

EXISTS, MISSING = 409, 404

PERMISSIONS = tuple(
    Permission(verb, "leases", "coordination.k8s.io") for verb in ("get", "create", "delete")
)
"""What backup, restore and garbage collection need in addition to an update."""


class KubernetesLockStore:
    """The place of one registry's lock in a cluster."""

    def __init__(self, cluster: Cluster, name: str, namespace: str, owner: Owner) -> None:
        """Select the registry by the name of its Deployment."""
        self._cluster = cluster
        self._registry = name
        self._name = names.maintenance_lock(name)
        self._namespace = namespace
        self._owner = owner

    @cached_property
    def _leases(self) -> client.CoordinationV1Api:
        from kubernetes import client

        return client.CoordinationV1Api(self._cluster.core.api_client)

    def create(self, holder: Holder) -> str | None:
        """Create the lock."""
        from kubernetes import client

        lease = client.V1Lease(
            metadata=client.V1ObjectMeta(
                name=self._name,
                labels=names.labels(self._registry),
                annotations={**self._owner.labels, MAINTENANCE_LABEL: holder.to_text()},
            ),
            spec=client.V1LeaseSpec(
                holder_identity=f"{holder.operation} by {holder.user}",
                # The API server rejects a time without microseconds (MicroTime, RFC 3339).
                acquire_time=datetime.fromisoformat(holder.since).isoformat(
                    timespec="microseconds"
                ),
            ),
        )
        try:
            created = self._leases.create_namespaced_lease(
                self._namespace, lease, _request_timeout=REQUEST_SECONDS
            )
        except client.ApiException as error:
            if error.status == EXISTS:
                return None
            raise
        return str(created.metadata.uid)

    def find(self) -> Lock | None:
        """Return the lock."""
        from kubernetes import client

        try:
            found = self._leases.read_namespaced_lease(
                self._name, self._namespace, _request_timeout=REQUEST_SECONDS
            )
        except client.ApiException as error:
            if error.status == MISSING:
                return None
            raise
        annotations = found.metadata.annotations or {}
        holder = Holder.parse(annotations.get(MAINTENANCE_LABEL, "{}"))
        return Lock(str(found.metadata.uid), holder)

    def remove(self, identifier: str) -> None:
        """Remove one lock."""
        from kubernetes import client

        options = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid=identifier))
        try:
            self._leases.delete_namespaced_lease(
                self._name, self._namespace, body=options, _request_timeout=REQUEST_SECONDS
            )
        except client.ApiException as error:
            if error.status not in (EXISTS, MISSING):  # another lock has its name, or none
                raise
