"""Registries speak TLS, and plain HTTP is for the host and private networks alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from pulumi_policy import Severity

from policy.policies.docker import CONTAINERS, TLS_LABEL, is_registry, is_started, speaks_tls
from policy.policy import Config, Option, ResourceRule, texts
from policy.resource import UNKNOWN, Declared

PRIVATE_NETWORKS = (
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fc00::/7",
)
"""Loopback addresses (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3) and those that are routed within an organization alone (RFC 1918, RFC 4193)."""


def _judge_tls(container: Declared, _: Config) -> Iterator[str]:
    if is_started(container) and is_registry(container) and not speaks_tls(container):
        yield (
            "the container serves a registry, and neither its environment nor a label says that it has a certificate, so passwords cross the "
            "network unencrypted"
        )


TLS_REQUIRED = ResourceRule(
    name="tls-required",
    description="A registry speaks TLS: its container has REGISTRY_HTTP_TLS_CERTIFICATE and REGISTRY_HTTP_TLS_KEY, or Let's Encrypt. A file of "
    f"settings that the server is started with can't be read: what that says of TLS is said by the label {TLS_LABEL}, which is off for plain HTTP.",
    severity=Severity.CRITICAL,
    types=CONTAINERS,
    judge=_judge_tls,
    keys=("tls.mode",),
    fix="set tls.mode to self-signed or provided",
    elsewhere="give the Container's envs REGISTRY_HTTP_TLS_CERTIFICATE and REGISTRY_HTTP_TLS_KEY, the paths of a certificate and its key, or the "
    f"label {TLS_LABEL} where its file of settings has them",
)


def _judge_http_port(container: Declared, config: Config) -> Iterator[str]:
    if not is_started(container) or (is_registry(container) and speaks_tls(container)):
        return
    for port in container.groups("ports"):
        numbers = {port.get("internal"), port.get("external")}
        if not is_registry(container) and not numbers & set(config["httpPorts"]):
            continue
        if port.get("ip") is not UNKNOWN and not _is_private(
            port.get("ip") or "0.0.0.0", config["networks"]
        ):  # noqa: S104 - Docker's default
            external = port.get("external")
            number = "a port" if external in (None, UNKNOWN) else f"port {external:g}"
            yield f"{number} speaks plain HTTP and is published on {port.get('ip') or 'all addresses'}"


def _is_private(address: str, networks: list[str]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network) for network in networks)


HTTP_PORT_NOT_PUBLIC = ResourceRule(
    name="http-port-not-public",
    description="A port that speaks plain HTTP is published on a loopback or private address alone: that of a registry without TLS, or an HTTP port.",
    severity=Severity.CRITICAL,
    types=CONTAINERS,
    judge=_judge_http_port,
    keys=("bindAddress", "tls.mode"),
    fix="set bindAddress to a loopback or private address of the Docker host, or tls.mode to self-signed or provided",
    elsewhere="set ip of the Container's port to such an address",
    options={
        "networks": texts(
            PRIVATE_NETWORKS, "Networks (CIDR) whose addresses may publish plain HTTP."
        ),
        "httpPorts": Option(
            [80, 8080],
            "Ports, inside a container or published, that speak plain HTTP whatever the container is, unless it is a registry that speaks TLS.",
            {"type": "array", "items": {"type": "number"}},
        ),
    },
)
