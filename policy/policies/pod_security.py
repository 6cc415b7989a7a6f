"""What the pod security standard `restricted` requires in addition to the rules for Docker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from policy.policy import Config, ResourcePolicy, string_list
from policy.readers.kubernetes import NAMESPACE, SECRET, WORKLOADS, quantity
from policy.readers.pods import Pod
from policy.resources import UNKNOWN, Resource, dig, to_objects

_LEVEL = "pod-security.kubernetes.io/enforce"
_LEGACY_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - a type of Secrets


def _validate_user(resource: Resource, _: Config) -> Iterator[str]:
    for container in Pod(resource).containers:
        user = container.effective("runAsUser")
        if container.effective("runAsNonRoot") not in (True, UNKNOWN):
            yield f"{container.title} must have runAsNonRoot, because root may own its node"
        if isinstance(user, int | float | str) and _is_zero(user):
            yield f"{container.title} must not run as user 0, which is root"


def _is_zero(user: Any) -> bool:
    return str(user).strip().lstrip("+-0") in ("", ".0")


NON_ROOT = ResourcePolicy(
    name="container-non-root",
    description="Containers in Kubernetes must not run as root.",
    reason="Root in a container that escapes is root on its node. A container's securityContext "
    "overrides the pod's.",
    severity=Severity.HIGH,
    types=WORKLOADS,
    validate=_validate_user,
    settings=(),
    remediation="Remove the transformation in the program that changes it: the pack registry's "
    "pods run as another user",
    remediation_elsewhere="set runAsNonRoot to true and runAsUser to another number than 0 in the "
    "securityContext of the pod, and remove them from its containers",
)


def _validate_cpu(resource: Resource, _: Config) -> Iterator[str]:
    for container in Pod(resource).containers:
        groups = [container.resources(group) for group in ("requests", "limits")]
        values = [dig(group, "cpu") for group in groups]
        # Without a request, Kubernetes takes the limit.
        requested = next((value for value in values if value is not None), None)
        if requested is not UNKNOWN and quantity(requested) <= 0:
            yield f"{container.title} must request CPU time (resources.requests.cpu)"


CPU_REQUEST = ResourcePolicy(
    name="container-cpu-request",
    description="Containers in Kubernetes must request CPU time.",
    reason="Otherwise the scheduler puts any number of them on a node, and the kernel serves them "
    "last. A CPU limit is not required: it would slow down logins while the node is idle.",
    severity=Severity.MEDIUM,
    types=WORKLOADS,
    validate=_validate_cpu,
    settings=(),
    remediation="Remove the transformation in the program that removes it: the pack registry "
    "requests kubernetes.resources.cpuRequest",
    remediation_elsewhere="set resources.requests.cpu of the container, for example to 100m",
)


def _validate_token(resource: Resource, _: Config) -> Iterator[str]:
    if resource.type == SECRET:
        if resource.get("type") == _LEGACY_TOKEN:
            yield f"Secret must not have the type {_LEGACY_TOKEN}, because the token never expires"
        return
    pod = Pod(resource)
    if UNKNOWN is pod.spec:
        return
    if pod.get("automountServiceAccountToken") not in (False, UNKNOWN):
        yield "Pod must set automountServiceAccountToken to false"
    for name, kind, options in pod.volumes:
        sources = to_objects(dig(options, "sources")) if kind == "projected" else ()
        if any(source.get("serviceAccountToken") not in (None, UNKNOWN) for source in sources):
            yield f"Volume {name or '?'} must not contain a serviceAccountToken"


NO_API_TOKEN = ResourcePolicy(
    name="pod-no-api-token",
    description="Pods must not get a token of the Kubernetes API.",
    reason="An attacker in the container could use it. Pods get the token of their service account "
    "by default.",
    severity=Severity.HIGH,
    types=WORKLOADS | {SECRET},
    validate=_validate_token,
    settings=(),
    remediation="Remove the transformation in the program that changes it: the pack registry's "
    "pods get no token",
    remediation_elsewhere="set automountServiceAccountToken of the pod to false. If it needs the "
    "Kubernetes API, exempt it",
)


def _validate_namespace(namespace: Resource, config: Config) -> Iterator[str]:
    labels = dig(namespace.properties, "metadata", "labels")
    level = dig(labels, _LEVEL)
    if level is not UNKNOWN and level not in config["levels"]:
        allowed = ", ".join(config["levels"])
        found = f"not {level}" if level else "which is not set"
        yield f"Namespace must have the label {_LEVEL} with one of the values {allowed}, {found}"


NAMESPACE_SECURITY = ResourcePolicy(
    name="namespace-pod-security",
    description="Namespaces must enforce a pod security standard.",
    reason="The cluster then rejects other pods of any program.",
    severity=Severity.MEDIUM,
    types=frozenset({NAMESPACE}),
    validate=_validate_namespace,
    settings=(),
    remediation="Remove the transformation in the program that changes it: the pack registry's "
    "namespace enforces the standard restricted",
    remediation_elsewhere=f"set the label {_LEVEL} of the Namespace to restricted",
    options={"levels": string_list(("restricted",), "Allowed pod security standards.")},
)
