"""What the policies read of addresses and ports that clients outside of a host or cluster reach."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any

from common.labels import TLS_LABEL
from policy.readers.containers import TLS_SOURCES
from policy.readers.kubernetes import annotations_of, marks, statement
from policy.resources import UNKNOWN, Resource, dig, to_list, to_objects, to_string

ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - Docker's default
_LEGACY_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_PLAIN = frozenset({"http", "web", "h2c", "kubernetes.io/h2c", "kubernetes.io/ws"})
_ENCRYPTED = frozenset({"https", "tls", "kubernetes.io/wss"})


def is_private(address: str, networks: Sequence[str]) -> bool:
    """Whether an address or a range of addresses is in one of the networks."""
    try:
        found = ipaddress.ip_network(address.strip())
        parsed = [ipaddress.ip_network(network) for network in networks]
    except ValueError:
        return False
    return any(found.version == one.version and _contains(one, found) for one in parsed)


def _contains(network: Any, part: Any) -> bool:
    return bool(part.subnet_of(network))


def exposure(service: Resource) -> str:
    """How clients outside of the cluster reach a Service; empty if they don't, or if unknown."""
    if dig(service.properties, "spec", "externalIPs") not in (None, [], UNKNOWN):
        return "external IPs"
    kind = dig(service.properties, "spec", "type")
    return {"LoadBalancer": "load balancer", "NodePort": "nodes"}.get(to_string(kind), "")


def source_ranges(service: Resource) -> list[Any]:
    """The networks from which a load balancer accepts clients; empty for all."""
    ranges = to_list(dig(service.properties, "spec", "loadBalancerSourceRanges"))
    legacy = annotations_of(service).get(_LEGACY_RANGES)
    if ranges or legacy is None:
        return ranges
    return [UNKNOWN] if legacy is UNKNOWN else str(legacy).split(",")


def is_limited(service: Resource, networks: Sequence[str]) -> bool:
    """Whether a load balancer accepts only clients in the networks."""
    ranges = source_ranges(service)
    return bool(ranges) and all(
        one is UNKNOWN or is_private(to_string(one), networks) for one in ranges
    )


def http_ports(
    service: Resource, http: Sequence[float], networks: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The ports of a Service that publish plain HTTP outside of the networks, and how.

    :param http: Numbers that count as plain HTTP.
    """
    how, label = exposure(service), marks(service.properties).get(TLS_LABEL)
    stated = statement(TLS_LABEL, service)
    if not how or stated in (UNKNOWN, *TLS_SOURCES):
        return
    if how == "load balancer" and is_limited(service, networks):
        return
    for port in to_objects(dig(service.properties, "spec", "ports")):
        if label == "off" or _is_http(port, http):
            number = port.get("port")
            yield f"{number:g}" if isinstance(number, int | float) else "?", how


def _is_http(port: Any, http: Sequence[float]) -> bool:
    protocol = port.get("appProtocol")
    if protocol is UNKNOWN or to_string(protocol).lower() in _ENCRYPTED:
        return False
    values = [protocol, *(port.get(key) for key in ("port", "targetPort", "name"))]
    return any(
        value in http or to_string(value).lower() in _PLAIN
        for value in values
        if value is not UNKNOWN
    )
