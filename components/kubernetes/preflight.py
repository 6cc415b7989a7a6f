"""All preflight checks of a cluster: it is reachable, new enough, permitted and free."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pulumi

from common.errors import UserError
from common.features import Features
from common.labels import PREFIX, Owner, owning_stack
from components.context import run_preflight
from components.kubernetes import names
from components.kubernetes.cluster import Cluster, Permission
from components.kubernetes.errors import (
    api_error_classes,
    cluster_errors,
    describe_error,
    is_refused,
)
from components.kubernetes.packs import format_problems
from components.kubernetes.plan import KubernetesPlan
from components.settings import ServiceType, StorageKind, TlsMode

MINIMUM_VERSION = (1, 30)
"""The first version whose pods sleep before they stop (`lifecycle.preStop.sleep`)."""

TLS_FILES = ("tls.crt", "tls.key")
"""Keys of a Secret of type `kubernetes.io/tls`."""

NAMESPACED = (
    *(
        Permission(verb, resource, group)
        for resource, group in (
            ("secrets", ""),
            ("services", ""),
            ("deployments", "apps"),
            ("poddisruptionbudgets", "policy"),
        )
        for verb in ("get", "create", "patch", "delete")
    ),
    *(Permission(verb, "pods") for verb in ("list", "patch", "create", "delete")),
    # A port-forward is a GET request. Newer API servers also require create for its websocket.
    *(Permission(verb, "pods", subresource="portforward") for verb in ("get", "create")),
    Permission("get", "pods", subresource="log"),
)
"""Required in the namespace of every registry."""

CLAIMS = tuple(Permission(verb, "persistentvolumeclaims") for verb in ("get", "create"))
"""Required in the namespace in addition, if packs are in a volume."""

NAMESPACES = tuple(Permission(verb, "namespaces") for verb in ("get", "create", "patch"))
"""Required in the whole cluster, if the program creates the namespace."""


class ClusterPreflightError(UserError):
    """The cluster is not ready for this registry. The message has a line for each problem."""

    def __init__(self, problems: list[str], cluster: str) -> None:
        """List the problems of a cluster.

        :param cluster: how the cluster was selected.
        """
        super().__init__(
            f"The Kubernetes cluster {cluster} is not ready for this registry. "
            "No changes were made." + "".join(f"\n  - {problem}" for problem in problems)
        )


def check_cluster(
    cluster: Cluster, plan: KubernetesPlan, owner: Owner, features: Features
) -> pulumi.Output[list[pulumi.Resource]]:
    """Run the preflight checks: in an update now, in a preview while the providers start.

    :returns: an empty list of dependencies. Resources that depend on it wait for the checks.
    """
    return run_preflight(lambda: preflight(cluster, plan, owner), features)


def preflight(cluster: Cluster, plan: KubernetesPlan, owner: Owner) -> None:
    """Check a cluster.

    :raises ClusterPreflightError: if there are problems, with all of them.
    :raises UserError: if the cluster returns an error meanwhile.
    """
    if problem := connection_problem(cluster):
        raise ClusterPreflightError([problem], _selected(cluster))
    with cluster_errors(cluster, "the preflight check"):
        problems = [*_version_problems(cluster), *_permission_problems(cluster, plan)]
        if not problems:
            problems = [
                *_namespace_problems(cluster, plan, owner),
                *_name_problems(cluster, plan, owner),
                *_reference_problems(cluster, plan),
                *_port_problems(cluster, plan),
                *format_problems(cluster, plan, owner),
            ]
    if problems:
        raise ClusterPreflightError(problems, cluster.url)


def connection_problem(cluster: Cluster) -> str:
    """Describe why the cluster can't be used; empty if it can."""
    try:
        url = cluster.url
    except Exception as error:  # the loader of kubeconfigs raises what its parsers raise
        return (
            f"kubernetes.kubeconfig: the kubeconfig can't be used: {describe_error(error)}. "
            "Set kubernetes.kubeconfig, kubernetes.context or KUBECONFIG to a cluster, and check "
            "it with `kubectl config get-contexts`."
        )
    try:
        cluster.version()
    except api_error_classes() as error:
        if is_refused(error):
            return (
                f"the cluster refused this user: {describe_error(error)}. Check the user with "
                "`kubectl auth whoami`."
            )
        return (
            f"can't be reached at {url}: {describe_error(error)}. Check it with "
            "`kubectl cluster-info`."
        )
    return ""


def _selected(cluster: Cluster) -> str:
    """Describe how a cluster is selected, without a connection to it."""
    context = f"context {cluster.context}" if cluster.context else "the current context"
    return f"of {context} in {cluster.kubeconfig}" if cluster.kubeconfig else f"of {context}"


def _version_problems(cluster: Cluster) -> Iterator[str]:
    found = cluster.version()
    if found < MINIMUM_VERSION:
        yield (
            f"runs Kubernetes {_dotted(found)}. {_dotted(MINIMUM_VERSION)} or newer is required."
        )


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _permission_problems(cluster: Cluster, plan: KubernetesPlan) -> Iterator[str]:
    """Report what this user may not do, all at once."""
    needed = [(each, plan.namespace) for each in NAMESPACED]
    if plan.storage.kind is StorageKind.VOLUME:
        needed += [(each, plan.namespace) for each in CLAIMS]
    if plan.creates_namespace:
        needed += [(each, "") for each in NAMESPACES]
    missing = [
        str(permission)
        for permission, namespace in needed
        if not cluster.is_allowed(permission, namespace)
    ]
    if missing:
        yield (
            f"this user lacks permissions in namespace {plan.namespace}: {', '.join(missing)}. "
            f"Check them with `kubectl auth can-i --list --namespace {plan.namespace}`. An "
            "administrator can grant them with docs/examples/kubernetes-role.yml"
            f"{_namespace_hint(plan, missing)}."
        )


def _namespace_hint(plan: KubernetesPlan, missing: list[str]) -> str:
    """Return how to do without permissions for namespaces; empty if none of them is missing."""
    needed = {str(each) for each in NAMESPACES}
    if not plan.creates_namespace or not needed & set(missing):
        return ""
    return ", which creates the namespace. Then set kubernetes.createNamespace to false"


def _namespace_problems(cluster: Cluster, plan: KubernetesPlan, owner: Owner) -> Iterator[str]:
    found = cluster.find("Namespace", plan.namespace) if _sees_namespaces(cluster) else None
    if found is None:
        if not plan.creates_namespace and _sees_namespaces(cluster):
            yield (
                f"kubernetes.namespace: there is no namespace {plan.namespace}. Set "
                "kubernetes.createNamespace to true, or create it with "
                f"`kubectl create namespace {plan.namespace}`."
            )
        return
    if found.status.phase == "Terminating":
        yield f"kubernetes.namespace: {plan.namespace} is being deleted. Wait, then try again."
    elif plan.creates_namespace and not owns(owner, found):
        yield (
            f"kubernetes.namespace: the namespace {plan.namespace} already exists. "
            f"{_owned_by(found)} Set kubernetes.createNamespace to false to use it, or set "
            "another kubernetes.namespace."
        )


def _sees_namespaces(cluster: Cluster) -> bool:
    return cluster.is_allowed(Permission("get", "namespaces"), "")


def _name_problems(cluster: Cluster, plan: KubernetesPlan, owner: Owner) -> Iterator[str]:
    for kind, name in _objects(plan):
        found = cluster.find(kind, name, plan.namespace)
        if found is not None and not owns(owner, found):
            yield (
                f"containerName: a {kind} named {name} already exists in namespace "
                f"{plan.namespace}. {_owned_by(found)} Set another containerName."
            )


def _objects(plan: KubernetesPlan) -> Iterator[tuple[str, str]]:
    """Yield kind and name of the objects that the registry creates in its namespace."""
    yield "Deployment", plan.name
    yield "Service", plan.name
    if plan.process.metrics_port:
        yield "Service", names.metrics_service(plan.name)
    for group in plan.process.file_groups:
        yield "Secret", names.files_secret(plan.name, group)
        yield "Secret", names.candidate_secret(plan.name, group)
    if plan.image_password:
        yield "Secret", names.pull_secret(plan.name)
    if plan.data_claim:
        yield "PersistentVolumeClaim", plan.data_claim
    if plan.replicas > 1:
        yield "PodDisruptionBudget", plan.name


def owns(owner: Owner, found: Any) -> bool:
    """Return whether this component of this stack created an object."""
    return owner.owns(found.metadata.annotations)


def _owned_by(found: Any) -> str:
    annotations = found.metadata.annotations or {}
    stack = owning_stack(annotations)
    if not stack:
        return "It does not belong to this stack."
    return f"It belongs to {stack} of project {annotations.get(f'{PREFIX}.project', '')}."


def _reference_problems(cluster: Cluster, plan: KubernetesPlan) -> Iterator[str]:
    """Report objects that the settings name and that do not exist."""
    for index, name in enumerate(plan.image_pull_secrets):
        if cluster.find("Secret", name, plan.namespace) is None:
            yield (
                f"kubernetes.imagePullSecrets[{index}]: there is no Secret {name} in namespace "
                f"{plan.namespace}."
            )
    if plan.tls_mode is TlsMode.SECRET:
        yield from _certificate_problems(cluster, plan)
    if plan.priority_class and cluster.find("PriorityClass", plan.priority_class) is None:
        yield f"kubernetes.priorityClass: there is no PriorityClass {plan.priority_class}."
    if plan.storage.kind is not StorageKind.VOLUME:
        return
    if not plan.storage_class:
        if not cluster.has_default_storage_class():
            yield (
                "kubernetes.storageClass: the cluster has no default storage class. Set the name "
                "of one (`kubectl get storageclass` lists them)."
            )
    elif cluster.find("StorageClass", plan.storage_class) is None:
        yield f"kubernetes.storageClass: there is no StorageClass {plan.storage_class}."


def _certificate_problems(cluster: Cluster, plan: KubernetesPlan) -> Iterator[str]:
    data = cluster.secret_data(plan.tls_secret, plan.namespace)
    if data is None:
        yield (
            f"kubernetes.tlsSecret: there is no Secret {plan.tls_secret} in namespace "
            f"{plan.namespace}. Create it, for example with a Certificate of cert-manager."
        )
        return
    for key in TLS_FILES:
        if key not in data:
            yield f"kubernetes.tlsSecret: the Secret {plan.tls_secret} has no {key}."


def _port_problems(cluster: Cluster, plan: KubernetesPlan) -> Iterator[str]:
    """Report a node port that another service has. Kubernetes would refuse the service."""
    wanted = plan.service.node_port
    if plan.service.type is ServiceType.CLUSTER_IP or not wanted:
        return
    if not cluster.is_allowed(Permission("list", "services"), ""):
        return
    for service in cluster.services():
        other = (service.metadata.namespace, service.metadata.name)
        if other == (plan.namespace, plan.name):
            continue
        if any(port.node_port == wanted for port in service.spec.ports or []):
            yield (
                f"kubernetes.service.nodePort: {wanted} is used by the service {other[1]} in "
                f"namespace {other[0]}. Set another port."
            )
