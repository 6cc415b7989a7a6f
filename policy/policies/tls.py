"""TLS on registries, and where a port may use plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from common.labels import TLS_LABEL
from common.private_networks import PRIVATE_NETWORKS
from policy.factories import RUNNING
from policy.policy import Config, Option, ResourcePolicy, string_list
from policy.readers.containers import is_registry, uses_tls
from policy.readers.docker import CONTAINER, docker_container, is_started
from policy.readers.exposure import ALL_ADDRESSES, http_ports, is_private
from policy.readers.kubernetes import SERVICE
from policy.readers.workloads import containers
from policy.resources import UNKNOWN, Resource


def _validate_tls(resource: Resource, _: Config) -> Iterator[str]:
    for container in containers(resource):
        if is_registry(container) and not uses_tls(container):
            yield (
                f"Registry{container.place} must use TLS, because clients send passwords; "
                "the environment names no certificate and key"
            )


TLS_REQUIRED = ResourcePolicy(
    name="tls-required",
    description="Registries must use TLS: their containers have REGISTRY_HTTP_TLS_CERTIFICATE and "
    "REGISTRY_HTTP_TLS_KEY, or use Let's Encrypt.",
    reason="Clients send passwords, which plain HTTP exposes. The policy can't read a "
    f"settings file. The label {TLS_LABEL} of a pack registry states its TLS mode; `off` means "
    "plain HTTP. Elsewhere, the label counts for nothing.",
    severity=Severity.CRITICAL,
    **RUNNING,
    validate=_validate_tls,
    settings=("tls.mode",),
    remediation="Set tls.mode to self-signed or provided",
    remediation_elsewhere="set REGISTRY_HTTP_TLS_CERTIFICATE and REGISTRY_HTTP_TLS_KEY in the "
    "Container's envs to the paths of a certificate and its key, also if a settings file has them. "
    "In Kubernetes, set them in env of the container",
)


def _validate_http_port(resource: Resource, config: Config) -> Iterator[str]:
    if resource.type == SERVICE:
        yield from _validate_service(resource, config)
    else:
        yield from _validate_container(resource, config)


def _validate_service(service: Resource, config: Config) -> Iterator[str]:
    for port, exposure in http_ports(service, config["httpPorts"], config["networks"]):
        yield (
            f"Port {port} must not be published by the {exposure}, because it uses plain HTTP; "
            f"allowed networks are {', '.join(config['networks'])}"
        )


def _validate_container(container: Resource, config: Config) -> Iterator[str]:
    server = docker_container(container)
    registry = is_registry(server)
    if registry and uses_tls(server):
        return
    if registry and container.get("publishAllPorts") is True:
        yield "Ports must not be published on all addresses, because they use plain HTTP"
    for port in container.get_objects("ports"):
        numbers = {port.get("internal"), port.get("external")}
        address = port.get("ip") or ALL_ADDRESSES
        if not registry and not numbers & set(config["httpPorts"]):
            continue
        if address is not UNKNOWN and not is_private(address, config["networks"]):
            external = port.get("external")
            number = "Port" if external in (None, UNKNOWN) else f"Port {external:g}"
            published = "all addresses" if address == ALL_ADDRESSES else address
            yield (
                f"{number} must not be published on {published}, because it uses plain HTTP; "
                f"allowed networks are {', '.join(config['networks'])}"
            )


HTTP_PORT_NOT_PUBLIC = ResourcePolicy(
    name="http-port-not-public",
    description="Ports that use plain HTTP must be published on loopback or private "
    "addresses only.",
    reason="Anyone on the network can read plain HTTP. The policy checks the ports of "
    "registries without TLS, and HTTP ports of other containers. It checks Services that clients "
    "outside of their cluster reach.",
    severity=Severity.CRITICAL,
    types=frozenset({CONTAINER, SERVICE}),
    condition=is_started,
    validate=_validate_http_port,
    settings=("bindAddress", "tls.mode"),
    remediation="Set bindAddress to a loopback or private address of the Docker host, or tls.mode "
    "to self-signed or provided",
    remediation_elsewhere="set ip of the Container's port to such an address. Set type of the "
    "Service to ClusterIP, loadBalancerSourceRanges to such networks, or appProtocol of a port "
    "with TLS to https",
    options={
        "networks": string_list(
            PRIVATE_NETWORKS, "Networks (CIDR) on whose addresses plain HTTP may be published."
        ),
        "httpPorts": Option(
            [80, 8080],
            "Ports, in the container or published, that count as plain HTTP in all containers "
            "except registries with TLS.",
            {"type": "array", "items": {"type": "number"}},
        ),
    },
)
