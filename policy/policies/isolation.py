"""What no container may get from its host, whether it runs or not."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policy.factories import forbidden_in_containers
from policy.policy import Config, ResourcePolicy, string_list
from policy.readers.docker import CONTAINER
from policy.readers.pods import Pod
from policy.readers.workloads import ALL_CONTAINERS
from policy.resources import UNKNOWN, Resource, dig, to_object, to_objects, to_string

_NAMESPACES: Mapping[str, frozenset[str]] = {
    "pidMode": frozenset({""}),
    "ipcMode": frozenset({"", "none", "private", "shareable"}),
    "usernsMode": frozenset({""}),
    "utsMode": frozenset({""}),
    "cgroupnsMode": frozenset({"", "private"}),
}
"""The properties that share a namespace, and the values that share none."""

_POD_NAMESPACES = ("hostPID", "hostIPC", "shareProcessNamespace")

_NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_NETWORK_ID = re.compile(r"(?=.*[0-9]|.{12})[0-9a-f]+")
"""A network's ID or its beginning, which Docker accepts, too. A short name without a digit is a
word."""

NOT_PRIVILEGED = forbidden_in_containers(
    lambda container: container.privileged not in (False, UNKNOWN),
    "must not be privileged, because it would be root on its host",
    name="container-not-privileged",
    description="Containers must not be privileged.",
    reason="A privileged container is root on its host.",
    severity=Severity.CRITICAL,
    types=ALL_CONTAINERS,
    settings=(),
    remediation="Remove the transformation in the program that sets it: the pack registry is never "
    "privileged",
    remediation_elsewhere="remove privileged from the Container or its securityContext, and "
    "hostProcess from windowsOptions",
)


def _validate_network(resource: Resource, _: Config) -> Iterator[str]:
    check = _container_network if resource.type == CONTAINER else _pod_network
    yield from check(resource)


def _pod_network(resource: Resource) -> Iterator[str]:
    pod = Pod(resource)
    if pod.get("hostNetwork") not in (None, False, UNKNOWN):
        yield "Pod must not use the network of its node (hostNetwork)"
    for container in pod.containers:
        for port in to_objects(container.raw.get("ports")):
            number = port.get("hostPort")
            if number not in (None, 0, UNKNOWN):
                shown = f"{number:g}" if isinstance(number, int | float) else number
                yield f"{container.title} must not use a port of its node (hostPort {shown})"
        for hook, host in _hosts(container.raw):
            yield f"{container.title} must not send its {hook} to another host ({host})"


def _hosts(container: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The hosts to which a node sends the requests of probes and lifecycle hooks."""
    hooks = {
        **{key: container.get(key) for key in ("livenessProbe", "readinessProbe", "startupProbe")},
        **to_object(container.get("lifecycle")),
    }
    for hook, action in hooks.items():
        for kind in ("httpGet", "tcpSocket"):
            if host := to_string(dig(action, kind, "host")):
                yield hook, host


def _container_network(container: Resource) -> Iterator[str]:
    mode = container.get("networkMode", "")
    names = [network.get("name") for network in container.get_objects("networksAdvanced")]
    if mode is not UNKNOWN and _NETWORK_ID.fullmatch(mode):
        yield "Container must name its network in networkMode, because an ID may be the host's"
        return
    for network in (mode, *names):
        if network is UNKNOWN or not network:
            continue
        is_name = bool(_NETWORK.fullmatch(network)) and network.lower() != "host"
        if not is_name:
            yield (
                f"Container must not use the network {network}: it would reach services of the "
                "Docker host or of another container"
            )


NO_HOST_NETWORK = ResourcePolicy(
    name="container-no-host-network",
    description="Containers must not use the network of their host or of another container.",
    reason="They would reach services on its loopback address. In Kubernetes, hostPort publishes "
    "a port past all Services, and probes of another host are requests from the node.",
    severity=Severity.CRITICAL,
    types=ALL_CONTAINERS,
    validate=_validate_network,
    settings=("port", "bindAddress"),
    remediation="Remove the transformation in the program that sets it: the pack registry "
    "publishes port on bindAddress instead",
    remediation_elsewhere="remove networkMode from the Container, and publish its ports. Remove "
    "hostNetwork, hostPort and host of the probes from the pod, and declare a Service",
)


def _validate_namespaces(container: Resource, _: Config) -> Iterator[str]:
    if container.type != CONTAINER:
        for key in _POD_NAMESPACES:
            if Pod(container).get(key) not in (None, False, UNKNOWN):
                yield f"Pod must not share a namespace, but {key} is set"
        return
    for key, allowed in _NAMESPACES.items():
        value = container.get(key, "")
        if value is not UNKNOWN and value not in allowed:
            yield f"Container must not share a namespace, but {key} is {value}"


NO_HOST_NAMESPACES = ResourcePolicy(
    name="container-no-host-namespaces",
    description="Containers must not share the processes, IPC, users, host name or control groups "
    "of their host or of another container.",
    reason="Namespaces isolate a container.",
    severity=Severity.HIGH,
    types=ALL_CONTAINERS,
    validate=_validate_namespaces,
    settings=(),
    remediation="Remove the transformation in the program that sets it: the pack registry shares "
    "no namespace",
    remediation_elsewhere="remove pidMode, ipcMode, usernsMode or cgroupnsMode from the Container, "
    "or hostPID, hostIPC or shareProcessNamespace from the pod",
)


def _devices(container: Resource) -> Iterator[str]:
    """The devices that a container gets, by path, by property or by resource."""
    if container.type != CONTAINER:
        yield from dict.fromkeys(_pod_devices(Pod(container)))
        return
    for device in container.get_objects("devices"):
        if path := to_string(device.get("hostPath")):
            yield posixpath.normpath(re.sub(r"^/+", "/", path))
    for key in ("gpus", "deviceRequests", "deviceCgroupRules"):
        if container.get(key, UNKNOWN) not in (UNKNOWN, "", []):
            yield key


def _pod_devices(pod: Pod) -> Iterator[str]:
    for one in pod.containers:
        for group in ("limits", "requests"):
            # Resources of the kubelet have no domain; devices of plugins have one.
            yield from (name for name in to_object(one.resources(group)) if "/" in name)
        if any(to_objects(one.raw.get("volumeDevices"))):
            yield "volumeDevices"
        if any(to_objects(dig(one.raw, "resources", "claims"))):
            yield "resourceClaims"
    if any(to_objects(pod.get("resourceClaims"))):
        yield "resourceClaims"


def _validate_devices(container: Resource, config: Config) -> Iterator[str]:
    for device in _devices(container):
        if device not in config["allowed"]:
            title = "Container" if container.type == CONTAINER else "Pod"
            yield f"{title} must not have devices of its host ({device})"


NO_HOST_DEVICES = ResourcePolicy(
    name="container-no-host-devices",
    description="Containers must not have devices of their host, except allowed ones.",
    reason="A device such as a disk gives access to all data of the host.",
    severity=Severity.CRITICAL,
    types=ALL_CONTAINERS,
    validate=_validate_devices,
    settings=(),
    remediation="Remove the transformation in the program that sets them: the pack registry uses "
    "no devices",
    remediation_elsewhere="remove devices, deviceCgroupRules, deviceRequests and gpus from the "
    "Container, or volumeDevices, resourceClaims and such resources from the pod",
    options={
        "allowed": string_list(
            (),
            "Devices that are allowed: paths on the host, the properties gpus, deviceRequests, "
            "deviceCgroupRules, volumeDevices and resourceClaims, or resources such as "
            "nvidia.com/gpu.",
        )
    },
)


def _validate_runtime(resource: Resource, config: Config) -> Iterator[str]:
    is_pod = resource.type != CONTAINER
    value = Pod(resource).get("runtimeClassName") if is_pod else resource.get("runtime")
    if value not in (None, "", UNKNOWN, *config["allowed"]):
        yield f"{'Pod' if is_pod else 'Container'} must use an allowed runtime, not {value}"


RUNTIME = ResourcePolicy(
    name="container-runtime",
    description="Containers must use an allowed runtime.",
    reason="A runtime decides on the isolation of a container.",
    severity=Severity.HIGH,
    types=ALL_CONTAINERS,
    validate=_validate_runtime,
    settings=(),
    remediation="Remove the transformation in the program that sets it: the pack registry uses "
    "the default",
    remediation_elsewhere="remove runtime from the Container, or runtimeClassName from the pod",
    options={
        "allowed": string_list(
            ("runc", "io.containerd.runc.v2", "crun", "runsc"),
            "Allowed runtimes, and names of Kubernetes runtime classes.",
        )
    },
)


def _host_settings(container: Resource) -> Iterator[tuple[str, Any]]:
    """The property and the value of what a container takes from its host by its name."""
    yield from (("groupAdds", group) for group in container.get_list("groupAdds"))
    yield from (("sysctls", name) for name in container.get_object("sysctls"))
    yield "cgroupParent", container.get("cgroupParent", "")


def _validate_host_settings(container: Resource, config: Config) -> Iterator[str]:
    for key, value in _host_settings(container):
        if value is not UNKNOWN and value not in ("", *config["allowed"]):
            yield f"Container must not have {value} in {key}"


HOST_SETTINGS = ResourcePolicy(
    name="container-host-settings",
    description="Containers must not have additional groups, kernel parameters (sysctls) or a "
    "parent of their control groups, except allowed ones.",
    reason="A group such as docker or disk opens the host's files, and another parent evades the "
    "limits.",
    severity=Severity.HIGH,
    types=frozenset({CONTAINER}),
    validate=_validate_host_settings,
    settings=(),
    remediation="Remove the transformation in the program that sets them: the pack registry sets "
    "none of them",
    remediation_elsewhere="remove them from groupAdds, sysctls and cgroupParent of the Container",
    options={
        "allowed": string_list(
            (), "Groups, kernel parameters and parents of control groups that are allowed."
        )
    },
)
