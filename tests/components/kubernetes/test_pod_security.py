"""The pods comply with the level "restricted" of Kubernetes' "Pod Security Standards".

The checks are written from the standard. They are what the cluster's admission would enforce.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.components.kubernetes.test_objects import REGISTRIES
from tests.support.kubernetes import NAMESPACE, declared_on_kubernetes, pod

Pod = dict[str, Any]

VOLUME_TYPES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
SECCOMP = ("RuntimeDefault", "Localhost")
SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
}


def violations(spec: Pod) -> Iterator[str]:
    """Yield the controls of "baseline" and "restricted" that a pod violates."""
    for namespace in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(namespace):
            yield namespace
    security = spec.get("securityContext", {})
    if any(each["name"] not in SYSCTLS for each in security.get("sysctls", [])):
        yield "sysctls"
    for volume in spec.get("volumes", []):
        if not set(volume) - {"name"} <= VOLUME_TYPES:
            yield "volume types"
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        yield from _container_violations(security, container)


def _container_violations(pod_security: Pod, container: Pod) -> Iterator[str]:
    own = container.get("securityContext", {})
    merged = {**pod_security, **own}
    capabilities = own.get("capabilities", {})
    checks = {
        "privileged": not own.get("privileged"),
        "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is False,
        "runAsNonRoot": merged.get("runAsNonRoot") is True,
        "runAsUser": merged.get("runAsUser") != 0,
        "seccomp": merged.get("seccompProfile", {}).get("type") in SECCOMP,
        "dropped capabilities": "ALL" in capabilities.get("drop", []),
        "added capabilities": set(capabilities.get("add", [])) <= {"NET_BIND_SERVICE"},
        "procMount": own.get("procMount", "Default") == "Default",
        "host ports": not any(port.get("hostPort") for port in container.get("ports", [])),
    }
    yield from (control for control, holds in checks.items() if not holds)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_pods_comply(registry: str) -> None:
    assert list(violations(pod(declared_on_kubernetes(**REGISTRIES[registry])))) == []


def test_namespace_enforces_standard() -> None:
    labels = declared_on_kubernetes().resources[NAMESPACE].inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


WEAKENED: dict[str, Callable[[Pod], Any]] = {
    "hostNetwork": lambda spec: spec.update(hostNetwork=True),
    "sysctls": lambda spec: spec["securityContext"].update(sysctls=[{"name": "kernel.msgmax"}]),
    "volume types": lambda spec: spec["volumes"].append({"name": "x", "hostPath": {"path": "/"}}),
    "runAsNonRoot": lambda spec: spec["securityContext"].pop("runAsNonRoot"),
    "runAsUser": lambda spec: spec["securityContext"].update(runAsUser=0),
    "seccomp": lambda spec: spec["securityContext"].pop("seccompProfile"),
    "privileged": lambda spec: _own(spec).update(privileged=True),
    "allowPrivilegeEscalation": lambda spec: _own(spec).pop("allowPrivilegeEscalation"),
    "dropped capabilities": lambda spec: _own(spec)["capabilities"].pop("drop"),
    "added capabilities": lambda spec: _own(spec)["capabilities"].update(add=["SYS_ADMIN"]),
    "host ports": lambda spec: spec["containers"][0]["ports"][0].update(hostPort=443),
}
"""Changes of a pod that violate one control each."""


def _own(spec: Pod) -> Pod:
    security: Pod = spec["containers"][0]["securityContext"]
    return security


@pytest.mark.parametrize("control", WEAKENED)
def test_checks_find_weakened_pod(control: str) -> None:
    spec = copy.deepcopy(pod(declared_on_kubernetes()))
    WEAKENED[control](spec)
    assert list(violations(spec)) == [control]
