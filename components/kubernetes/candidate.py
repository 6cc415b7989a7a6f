"""The pod of a smoke test: the changed server, with its own copies of the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pulumi import _types
from pulumi_kubernetes.core.v1 import VolumeArgs

from common.labels import Owner
from common.wait import wait_until
from components.kubernetes import names
from components.kubernetes.cluster import REQUEST_SECONDS, Cluster
from components.kubernetes.plan import KubernetesPlan
from components.kubernetes.pod import pod_spec
from components.servers.process import FileGroup

MAXIMUM_SECONDS = 300
"""Time after which the cluster ends a pod that a killed update left."""

DELETE_SECONDS = 60

UNNECESSARY = ("lifecycle", "startupProbe", "readinessProbe", "livenessProbe")
"""Parts of a container that a pod without clients does not need."""


def candidate_spec(plan: KubernetesPlan, volumes: Mapping[str, VolumeArgs]) -> dict[str, Any]:
    """Return the specification of the pod, as the API takes it.

    The pod can't change a bucket. It is spread over no nodes, because it is alone.

    :param volumes: the volumes with the server's files, by directory.
    """
    process = plan.process
    environment = {**process.environment, **process.read_only_environment}
    alone = replace(plan, process=replace(process, environment=environment), drain_seconds=0)
    spec: dict[str, Any] = _plain(pod_spec(alone, volumes))
    spec.pop("topologySpreadConstraints", None)
    spec |= {"restartPolicy": "Never", "activeDeadlineSeconds": MAXIMUM_SECONDS}
    spec["terminationGracePeriodSeconds"] = 1
    for part in UNNECESSARY:
        spec["containers"][0].pop(part, None)
    secrets = {
        names.files_secret(plan.name, group): names.candidate_secret(plan.name, group)
        for group in FileGroup
    }
    spec["volumes"] = _renamed(spec["volumes"], secrets)
    return spec


@contextmanager
def running_candidate(
    cluster: Cluster,
    plan: KubernetesPlan,
    owner: Owner,
    spec: Mapping[str, Any],
    files: Mapping[FileGroup, Mapping[str, str]],
) -> Iterator[None]:
    """Create the pod and its Secrets, and remove them at the end.

    :param files: content of files by name and group.
    """
    remove_candidate(cluster, plan, owner)  # a killed update may have left one
    name, namespace = names.candidate(plan.name), plan.namespace
    metadata = {"labels": names.candidate_labels(plan.name), "annotations": owner.labels}
    try:
        for group, content in files.items():
            secret = {"name": names.candidate_secret(plan.name, group), **metadata}
            cluster.core.create_namespaced_secret(
                namespace,
                {"metadata": secret, "stringData": dict(content)},
                _request_timeout=REQUEST_SECONDS,
            )
        cluster.core.create_namespaced_pod(
            namespace,
            {"metadata": {"name": name, **metadata}, "spec": dict(spec)},
            _request_timeout=REQUEST_SECONDS,
        )
        yield
    finally:
        remove_candidate(cluster, plan, owner)


def placement(cluster: Cluster, plan: KubernetesPlan) -> tuple[str, bool]:
    """Return the node of the pod, and whether the node has reported anything of it.

    For some time after a node is lost, the cluster still places pods there.
    """
    found = cluster.core.read_namespaced_pod(
        names.candidate(plan.name), plan.namespace, _request_timeout=REQUEST_SECONDS
    )
    return str(found.spec.node_name or ""), bool(found.status.container_statuses)


def avoiding(spec: Mapping[str, Any], node: str) -> dict[str, Any]:
    """Return the specification of a pod that other nodes run, if they can."""
    expression = {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": [node]}
    term = {"weight": 100, "preference": {"matchExpressions": [expression]}}
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [term]}}
    return {**spec, "affinity": affinity}


def remove_candidate(cluster: Cluster, plan: KubernetesPlan, owner: Owner) -> None:
    """Delete the pod and its Secrets, if they exist, and wait until the pod is gone."""
    core, namespace = cluster.core, plan.namespace
    _delete(core, "pod", names.candidate(plan.name), namespace, owner)
    for group in FileGroup:
        _delete(core, "secret", names.candidate_secret(plan.name, group), namespace, owner)
    labels = names.candidate_labels(plan.name)
    wait_until(lambda: not cluster.pods(namespace, labels), DELETE_SECONDS, interval=0.3)


def _delete(core: Any, kind: str, name: str, namespace: str, owner: Owner) -> None:
    """Delete an object of this component. Another registry may have one with the same name."""
    from kubernetes import client

    read, delete = (getattr(core, f"{verb}_namespaced_{kind}") for verb in ("read", "delete"))
    try:
        found = read(name, namespace, _request_timeout=REQUEST_SECONDS)
        if owner.owns(found.metadata.annotations):
            delete(name, namespace, grace_period_seconds=0, _request_timeout=REQUEST_SECONDS)
    except client.ApiException as error:
        if error.status != 404:
            raise


def _plain(value: Any) -> Any:
    """Return Pulumi's arguments as dictionaries with the names of the API."""
    if _types.is_input_type(type(value)):
        value = _types.input_type_to_dict(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _renamed(value: Any, names_of: Mapping[str, str]) -> Any:
    """Replace names in a specification."""
    if isinstance(value, dict):
        return {key: _renamed(item, names_of) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names_of) for item in value]
    return names_of.get(value, value) if isinstance(value, str) else value
