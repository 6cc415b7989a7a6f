"""Ports with metrics of registries, which require no credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from common.private_networks import PRIVATE_NETWORKS
from policy.policy import Config, Option, ResourcePolicy, string_list
from policy.readers.containers import Container, is_registry
from policy.readers.docker import CONTAINER, docker_container, is_started
from policy.readers.exposure import ALL_ADDRESSES, exposure, is_limited, is_private
from policy.readers.kubernetes import SERVICE
from policy.readers.pods import Pod, pod_containers
from policy.readers.workloads import ALL_CONTAINERS
from policy.resources import UNKNOWN, Resource, dig, to_objects, to_string

DEBUG_VARIABLE = "REGISTRY_HTTP_DEBUG_ADDR"
"""Address in the container on which CNCF Distribution serves metrics and internals."""

_NAMES = frozenset({"metrics", "debug"})
"""Names of ports of Services."""


def _debug_ports(container: Container, config: Config) -> frozenset[float]:
    """The ports of a registry's container on which it answers without credentials."""
    if not is_registry(container):
        return frozenset()
    addresses = [value for name, value in container.variables if name == DEBUG_VARIABLE]
    numbers = [address.rpartition(":")[2] for address in addresses]
    return frozenset([*map(float, filter(str.isdecimal, numbers)), *config["ports"]])


def _validate(resource: Resource, config: Config) -> Iterator[str]:
    if resource.type == SERVICE:
        yield from _validate_service(resource, config)
    elif resource.type == CONTAINER:
        yield from _validate_container(resource, config)
    else:
        yield from _validate_pod(resource, config)


def _validate_container(resource: Resource, config: Config) -> Iterator[str]:
    ports = _debug_ports(docker_container(resource), config)
    if ports and resource.get("publishAllPorts") is True:
        yield (
            "Ports must not be published on all addresses, because one of them requires no "
            "credentials"
        )
    for port in resource.get_objects("ports"):
        if port.get("internal") in ports:
            yield from _published(port.get("ip") or ALL_ADDRESSES, port.get("internal"), config)


def _validate_pod(resource: Resource, config: Config) -> Iterator[str]:
    """A port of a pod is published only by its node."""
    for container, one in zip(pod_containers(resource), Pod(resource).containers, strict=True):
        ports = _debug_ports(container, config)
        for port in to_objects(one.raw.get("ports")):
            number = port.get("containerPort")
            if number in ports and port.get("hostPort") not in (None, UNKNOWN):
                yield from _published(port.get("hostIP") or ALL_ADDRESSES, number, config)


def _published(address: Any, port: Any, config: Config) -> Iterator[str]:
    if address is not UNKNOWN and not is_private(address, config["networks"]):
        shown = "all addresses" if address == ALL_ADDRESSES else address
        yield (
            f"Port {port:g} must not be published on {shown}, because {_NO_CREDENTIALS}; allowed "
            f"networks are {', '.join(config['networks'])}"
        )


def _validate_service(service: Resource, config: Config) -> Iterator[str]:
    how = exposure(service)
    if not how or (how == "load balancer" and is_limited(service, config["networks"])):
        return
    for port in to_objects(dig(service.properties, "spec", "ports")):
        if _is_debug(port, config):
            shown = to_string(port.get("name")) or f"{port.get('port'):g}"
            yield f"Port {shown} must not be published by the {how}, because {_NO_CREDENTIALS}"


def _is_debug(port: Mapping[str, Any], config: Config) -> bool:
    names = {to_string(port.get(key)).lower() for key in ("name", "targetPort")}
    return bool(names & _NAMES) or port.get("targetPort") in config["ports"]


_NO_CREDENTIALS = "it requires no credentials"

NOT_PUBLIC = ResourcePolicy(
    name="metrics-not-public",
    description="Ports with metrics of registries must be published on loopback or private "
    "addresses only.",
    reason="CNCF Distribution serves metrics, profiles and variables there without credentials. "
    f"The policy reads the port from {DEBUG_VARIABLE}. It checks ports of Services that are named "
    "metrics or debug, if clients outside of their cluster reach them.",
    severity=Severity.HIGH,
    types=ALL_CONTAINERS | {SERVICE},
    condition=is_started,
    validate=_validate,
    settings=("metrics.address",),
    remediation="Set metrics.address to a loopback or private address of the Docker host",
    remediation_elsewhere="set ip of the Container's port to such an address, remove hostPort from "
    "the pod, or set type of the Service to ClusterIP",
    options={
        "networks": string_list(
            PRIVATE_NETWORKS, "Networks (CIDR) on whose addresses metrics may be published."
        ),
        "ports": Option(
            [],
            "More ports in the container that count as ports with metrics, in all registries, for "
            "example of a settings file that the policy can't read.",
            {"type": "array", "items": {"type": "number"}},
        ),
    },
)
