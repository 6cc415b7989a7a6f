"""A registry in a cluster that is read-only for a while: new pods with two more variables.

The Deployment replaces its pods one by one, so no read fails. Pulumi does not own the variables, so
only this module removes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.errors import UserError
from common.wait import wait_until
from components.kubernetes import names
from components.kubernetes.cluster import REQUEST_SECONDS, Cluster
from components.kubernetes.pod import EXIT_SECONDS, STOP_SECONDS
from components.kubernetes.workload import PROGRESS_SECONDS

REPLICA_SECONDS = 60
"""Time that each further replica may take."""


def is_read_only(cluster: Cluster, name: str, namespace: str, variables: Mapping[str, str]) -> bool:
    """Return whether the Deployment has the variables."""
    found = cluster.find("Deployment", name, namespace)
    return found is not None and variables.keys() <= _environment(found.spec.template)


def set_read_only(
    cluster: Cluster, name: str, namespace: str, variables: Mapping[str, str], *, enabled: bool
) -> None:
    """Add the variables to the server, or remove them, and wait until all other pods are gone.

    :raises UserError: if the pods are not replaced in time.
    """
    changes = [
        {"name": key, "value": value} if enabled else {"name": key, "$patch": "delete"}
        for key, value in variables.items()
    ]
    container = {"name": names.CONTAINER, "env": changes}
    patched = _apps(cluster).patch_namespaced_deployment(
        name,
        namespace,
        {"spec": {"template": {"spec": {"containers": [container]}}}},
        _request_timeout=REQUEST_SECONDS,
    )
    grace = patched.spec.template.spec.termination_grace_period_seconds or 0
    replicas = patched.spec.replicas or 1
    seconds = PROGRESS_SECONDS + (REPLICA_SECONDS + grace + STOP_SECONDS + EXIT_SECONDS) * replicas
    keys = variables.keys()
    selector = ",".join(f"{label}={value}" for label, value in names.selector(name).items())

    def are_replaced() -> bool:
        """Whether no pod is left that differs: a stopping one may still write."""
        pods = cluster.core.list_namespaced_pod(
            namespace, label_selector=selector, _request_timeout=REQUEST_SECONDS
        ).items
        ready = [pod for pod in pods if _is_ready(pod)]
        matching = all((keys <= _environment(pod)) is enabled for pod in pods)
        return matching and len(ready) >= replicas and cluster.is_rolled_out(namespace, name)

    if not wait_until(are_replaced, seconds, interval=0.5):
        state = "read-only" if enabled else "writable"
        raise UserError(
            f"The pods of {name} in namespace {namespace} did not become {state} within "
            f"{seconds} s. Run `make up` to see why a pod is not ready."
        )


def _environment(template: Any) -> set[str]:
    """Return the names of the variables of a pod or a pod template."""
    spec = template.spec
    containers = [each for each in spec.containers if each.name == names.CONTAINER] if spec else []
    return {variable.name for each in containers for variable in each.env or ()}


def _is_ready(pod: Any) -> bool:
    conditions = pod.status.conditions or ()
    return any(each.type == "Ready" and each.status == "True" for each in conditions)


def _apps(cluster: Cluster) -> Any:
    from kubernetes import client

    return client.AppsV1Api(cluster.core.api_client)
