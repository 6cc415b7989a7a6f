"""What the policies read of every Kubernetes resource: types, metadata, annotations and quantities.

The properties are those of the Kubernetes API, in camel case, as the provider receives them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policy.readers.containers import merged
from policy.resources import UNKNOWN, Resource, dig, to_object, to_string

PACKAGE = "kubernetes"


def _types(group: str, *kinds: str) -> frozenset[str]:
    return frozenset(f"{PACKAGE}:{group}:{kind}" for kind in kinds)


POD = f"{PACKAGE}:core/v1:Pod"
SECRET = f"{PACKAGE}:core/v1:Secret"
CONFIG_MAP = f"{PACKAGE}:core/v1:ConfigMap"
SERVICE = f"{PACKAGE}:core/v1:Service"
NAMESPACE = f"{PACKAGE}:core/v1:Namespace"
VOLUME = f"{PACKAGE}:core/v1:PersistentVolume"
CLAIM = f"{PACKAGE}:core/v1:PersistentVolumeClaim"
STATEFUL_SET = f"{PACKAGE}:apps/v1:StatefulSet"
INGRESS = f"{PACKAGE}:networking.k8s.io/v1:Ingress"
ROLES = _types("rbac.authorization.k8s.io/v1", "Role", "ClusterRole")
BINDINGS = _types("rbac.authorization.k8s.io/v1", "RoleBinding", "ClusterRoleBinding")

TEMPLATES: Mapping[str, tuple[str, ...]] = {
    POD: (),
    f"{PACKAGE}:core/v1:PodTemplate": ("template",),
    **dict.fromkeys(
        (
            *_types("core/v1", "ReplicationController"),
            *_types("apps/v1", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
            *_types("batch/v1", "Job"),
        ),
        ("spec", "template"),
    ),
    f"{PACKAGE}:batch/v1:CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""The workloads, and the path from each to its pod's metadata and specification."""

WORKLOADS = frozenset(TEMPLATES)
CHECKED = (
    WORKLOADS
    | ROLES
    | BINDINGS
    | {SECRET, CONFIG_MAP, SERVICE, NAMESPACE, VOLUME, CLAIM, INGRESS}
    | _types("core/v1", "ServiceAccount", "ResourceQuota", "LimitRange")
    | _types("networking.k8s.io/v1", "NetworkPolicy")
    | _types("policy/v1", "PodDisruptionBudget")
    | _types("autoscaling/v2", "HorizontalPodAutoscaler")
    | _types("scheduling.k8s.io/v1", "PriorityClass")
)
"""The types that the policies check, or that can do nothing that a policy refuses."""

_QUANTITY = re.compile(r"\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?([numkMGTPE]|[KMGTPE]i)?")
_SUFFIXES = {
    **{suffix: 1000.0**power for power, suffix in enumerate("num", -3)},
    **{suffix: 1000.0**power for power, suffix in enumerate("kMGTPE", 1)},
    **{f"{suffix}i": 1024.0**power for power, suffix in enumerate("KMGTPE", 1)},
}


def kind(resource: Resource) -> str:
    """The kind of a resource, for messages."""
    return resource.type.rpartition(":")[2]


def marks(*owners: Any) -> Mapping[str, Any]:
    """The known labels and annotations of objects. One with two values is empty.

    :param owners: Objects with metadata, such as a workload and its pod template.
    """
    return merged(_marks(owners))


def _marks(owners: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    for owner in owners:
        for key in ("labels", "annotations"):
            yield from to_object(dig(owner, "metadata", key)).items()


def has_unknown_marks(*owners: Any) -> bool:
    """Whether the labels and annotations of objects are not completely known."""
    groups = [dig(owner, "metadata", key) for owner in owners for key in ("labels", "annotations")]
    return UNKNOWN in groups


def statement(label: str, resource: Resource, *templates: Any) -> Any:
    """What a label or an annotation states; None if nothing confirms it.

    Everyone can write one. The component `KubernetesPackRegistry` enforces what it states.
    """
    if not resource.in_pack_registry:
        return None
    owners = (resource.properties, *templates)
    return UNKNOWN if has_unknown_marks(*owners) else marks(*owners).get(label)


def annotations_of(resource: Resource) -> Mapping[str, Any]:
    """The known annotations of a resource."""
    return to_object(dig(resource.properties, "metadata", "annotations"))


def name_of(resource: Resource) -> str:
    """The name in the cluster; empty if it is unknown."""
    return to_string(dig(resource.properties, "metadata", "name"))


def namespace_of(resource: Resource) -> str:
    """The namespace; empty for the provider's or if it is unknown."""
    return to_string(dig(resource.properties, "metadata", "namespace"))


def cluster_of(resource: Resource) -> tuple[str, str]:
    """What identifies the cluster of a resource, as far as it is known."""
    provider = resource.provider
    return to_string(provider.get("kubeconfig")), to_string(provider.get("context"))


def quantity(value: Any) -> float:
    """A quantity, such as `512Mi` or `100m`; 0 if it is missing or invalid."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _QUANTITY.fullmatch(to_string(value).strip())
    if not match or (match[2] and match[3]):
        return 0.0
    return float(match[1] + (match[2] or "")) * _SUFFIXES.get(match[3] or "", 1.0)
