"""Client of a cluster's API: what the program reads, and the one thing that it changes.

Pulumi's provider declares the objects. This client asks what Pulumi does not: which pods serve.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kubernetes import client

REQUEST_SECONDS = (5, 20)
"""Time to connect, and time for a response."""

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
"""Credentials of a pod, for a program that runs in the cluster without a kubeconfig."""


@dataclass(frozen=True)
class PodState:
    """A pod of a registry."""

    name: str
    ready: bool
    terminating: bool
    host_address: str
    """Address of its node."""
    annotations: Mapping[str, str]
    restarts: int
    problem: str
    """Why its container does not run, for example `CrashLoopBackOff`; empty if it runs."""
    node: str = ""
    image_id: str = ""


@dataclass(frozen=True)
class Permission:
    """A request to the API that the program makes."""

    verb: str
    resource: str
    group: str = ""
    """API group; empty for the core group."""
    subresource: str = ""

    def __str__(self) -> str:
        """Format it for a message, as `kubectl auth can-i` takes it."""
        name = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {name}{'/' + self.subresource if self.subresource else ''}"


class Cluster:
    """A Kubernetes cluster. The first request loads the kubeconfig."""

    def __init__(self, kubeconfig: str = "", context: str = "") -> None:
        """Select a cluster.

        :param kubeconfig: path; KUBECONFIG or ``~/.kube/config`` by default.
        :param context: the kubeconfig's current context by default.
        """
        self.kubeconfig = kubeconfig
        self.context = context

    @cached_property
    def _api(self) -> client.ApiClient:
        """Connect.

        :raises kubernetes.config.ConfigException: if the kubeconfig can't be used.
        """
        from kubernetes import client, config

        options: dict[str, Any] = {"context": self.context or None, "persist_config": False}
        if self.kubeconfig:
            options["config_file"] = str(Path(self.kubeconfig).expanduser())
        elif self._runs_in_pod:
            configuration = client.Configuration()
            config.load_incluster_config(client_configuration=configuration)
            return client.ApiClient(configuration)
        return config.new_client_from_config(**options)

    @property
    def _runs_in_pod(self) -> bool:
        has_kubeconfig = "KUBECONFIG" in os.environ or Path("~/.kube/config").expanduser().exists()
        return SERVICE_ACCOUNT.exists() and not has_kubeconfig and not self.context

    @cached_property
    def core(self) -> client.CoreV1Api:
        """The core API."""
        from kubernetes import client

        return client.CoreV1Api(self._api)

    def separate_core(self) -> client.CoreV1Api:
        """Return another core API: a port-forward changes its client meanwhile."""
        from kubernetes import client

        return client.CoreV1Api(client.ApiClient(self._api.configuration))

    @cached_property
    def _apps(self) -> client.AppsV1Api:
        from kubernetes import client

        return client.AppsV1Api(self._api)

    @property
    def url(self) -> str:
        """URL of the API server."""
        return str(self._api.configuration.host)

    def version(self) -> tuple[int, int]:
        """Return the API server's major and minor version."""
        from kubernetes import client

        found = client.VersionApi(self._api).get_code(_request_timeout=REQUEST_SECONDS)
        return int(found.major), int("".join(filter(str.isdigit, found.minor)))

    def is_allowed(self, permission: Permission, namespace: str) -> bool:
        """Return whether the user may make a request (SelfSubjectAccessReview).

        :param namespace: empty for an object outside namespaces.
        """
        from kubernetes import client

        attributes = client.V1ResourceAttributes(
            verb=permission.verb,
            group=permission.group,
            resource=permission.resource,
            subresource=permission.subresource,
            namespace=namespace,
        )
        review = client.V1SelfSubjectAccessReview(
            spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
        )
        answer = client.AuthorizationV1Api(self._api).create_self_subject_access_review(
            review, _request_timeout=REQUEST_SECONDS
        )
        return bool(answer.status.allowed)

    def is_rolled_out(self, namespace: str, name: str) -> bool:
        """Return whether all pods of a Deployment are of its present version.

        Pulumi may stop waiting before the cluster has seen a change.
        """
        found = self.find("Deployment", name, namespace)
        if found is None:
            return True
        status = found.status
        seen = (status and status.observed_generation) or 0
        if seen < (found.metadata.generation or 0):
            return False
        total, updated = (
            (status and status.replicas) or 0,
            (status and status.updated_replicas) or 0,
        )
        return bool(total == updated)

    def find(self, kind: str, name: str, namespace: str = "") -> Any | None:
        """Read an object, or return None if there is none.

        :param kind: a kind of the core group, of ``apps``, or a storage or priority class.
        """
        from kubernetes import client

        scheduling, storage = client.SchedulingV1Api(self._api), client.StorageV1Api(self._api)
        policy = client.PolicyV1Api(self._api)
        read = {
            "Namespace": self.core.read_namespace,
            "Secret": self.core.read_namespaced_secret,
            "PersistentVolumeClaim": self.core.read_namespaced_persistent_volume_claim,
            "PodDisruptionBudget": policy.read_namespaced_pod_disruption_budget,
            "Service": self.core.read_namespaced_service,
            "Deployment": self._apps.read_namespaced_deployment,
            "PriorityClass": scheduling.read_priority_class,
            "StorageClass": storage.read_storage_class,
        }[kind]
        scope = (namespace,) if namespace else ()
        try:
            return read(name, *scope, _request_timeout=REQUEST_SECONDS)
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise

    def secret_data(self, name: str, namespace: str) -> dict[str, str] | None:
        """Return the decoded values of a Secret; None if there is no such Secret."""
        secret = self.find("Secret", name, namespace)
        if secret is None:
            return None
        data = secret.data or {}
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def has_default_storage_class(self) -> bool:
        """Return whether a volume claim without a storage class gets a volume."""
        from kubernetes import client

        classes = client.StorageV1Api(self._api).list_storage_class(
            _request_timeout=REQUEST_SECONDS
        )
        mark = "storageclass.kubernetes.io/is-default-class"
        return any((each.metadata.annotations or {}).get(mark) == "true" for each in classes.items)

    def services(self) -> list[Any]:
        """List the services of all namespaces."""
        return list(
            self.core.list_service_for_all_namespaces(_request_timeout=REQUEST_SECONDS).items
        )

    def pods(self, namespace: str, labels: Mapping[str, str]) -> list[PodState]:
        """List pods by their labels, the newest last."""
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
        found = self.core.list_namespaced_pod(
            namespace, label_selector=selector, _request_timeout=REQUEST_SECONDS
        )
        ordered = sorted(found.items, key=lambda pod: pod.metadata.creation_timestamp)
        return [_state(pod) for pod in ordered]

    def annotate_pod(self, namespace: str, name: str, annotations: Mapping[str, str]) -> None:
        """Set annotations of a pod."""
        self.core.patch_namespaced_pod(
            name,
            namespace,
            {"metadata": {"annotations": dict(annotations)}},
            _request_timeout=REQUEST_SECONDS,
        )

    def delete_claim(self, name: str, namespace: str) -> bool:
        """Delete a volume claim, and with it its data. Returns whether it existed."""
        from kubernetes import client

        try:
            self.core.delete_namespaced_persistent_volume_claim(
                name, namespace, _request_timeout=REQUEST_SECONDS
            )
        except client.ApiException as error:
            if error.status == 404:
                return False
            raise
        return True

    def log_lines(self, namespace: str, pod: str, lines: int, *, previous: bool) -> list[str]:
        """Return the end of a pod's log.

        :param previous: whether to read the log of the container before its last restart.
        """
        text = self.core.read_namespaced_pod_log(
            pod,
            namespace,
            tail_lines=lines,
            previous=previous,
            _request_timeout=REQUEST_SECONDS,
        )
        return [line for line in str(text).splitlines() if line.strip()]

    def warnings(self, namespace: str, name: str) -> list[str]:
        """Return the warning events of an object, the newest last."""
        events = self.core.list_namespaced_event(
            namespace,
            field_selector=f"involvedObject.name={name},type=Warning",
            _request_timeout=REQUEST_SECONDS,
        ).items
        return [f"{event.reason}: {' '.join((event.message or '').split())}" for event in events]


def _state(pod: Any) -> PodState:
    statuses = (pod.status.container_statuses or [])[:1]
    conditions = {each.type: each for each in pod.status.conditions or []}
    ready = conditions.get("Ready")
    return PodState(
        name=pod.metadata.name,
        ready=ready is not None and ready.status == "True",
        terminating=pod.metadata.deletion_timestamp is not None,
        host_address=pod.status.host_ip or "",
        annotations=pod.metadata.annotations or {},
        restarts=statuses[0].restart_count if statuses else 0,
        problem=_problem(statuses[0] if statuses else None, conditions.get("PodScheduled")),
        node=pod.spec.node_name or "",
        image_id=(statuses[0].image_id if statuses else "") or "",
    )


def _problem(status: Any | None, scheduled: Any | None) -> str:
    """Describe why a container does not run; empty if it does."""
    if status is None:
        if scheduled is not None and scheduled.status == "False":
            return f"{scheduled.reason}: {scheduled.message}"
        return "Pending"
    parts = []
    if waiting := status.state.waiting:
        parts.append(": ".join(filter(None, (waiting.reason, waiting.message))))
    last = status.state.terminated or (status.last_state and status.last_state.terminated)
    if last and (parts or status.state.terminated):
        parts.append(f"last exit code {last.exit_code} ({last.reason})")
    return ", ".join(parts)
