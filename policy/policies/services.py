"""How clients reach what runs in a cluster: Services and Ingresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from pulumi_policy import EnforcementLevel, Severity

from policy.policy import Config, ResourcePolicy
from policy.readers.exposure import source_ranges
from policy.readers.kubernetes import INGRESS, SERVICE, annotations_of
from policy.resources import UNKNOWN, Resource, dig, to_list, to_objects, to_string

_NGINX = "nginx.ingress.kubernetes.io"
_PLAIN_HTTP = {
    f"{_NGINX}/ssl-redirect": "false",
    f"{_NGINX}/force-ssl-redirect": "false",
    "ingress.kubernetes.io/ssl-redirect": "false",
    "kubernetes.io/ingress.allow-http": "true",
    "traefik.ingress.kubernetes.io/router.entrypoints": "web",
    "traefik.ingress.kubernetes.io/router.tls": "false",
}
"""Annotations with which an ingress controller serves plain HTTP."""


def _validate_ingress(ingress: Resource, _: Config) -> Iterator[str]:
    for key, plain in _PLAIN_HTTP.items():
        value = annotations_of(ingress).get(key)
        if value is not UNKNOWN and to_string(value).strip().lower() == plain:
            yield f"Ingress must not serve plain HTTP, but the annotation {key} is {plain}"
    spec = ingress.get_object("spec")
    entries = to_list(spec.get("tls"))
    if UNKNOWN in (ingress.get("spec"), *entries):
        return
    if annotations_of(ingress).get(f"{_NGINX}/ssl-passthrough") == "true" and spec.get("rules"):
        return  # The server behind it has the certificate.
    covered = [host for entry in to_objects(entries) for host in _hosts(entry)]
    for host in _served_hosts(spec):
        if UNKNOWN not in (host, *covered) and not any(_covers(one, host) for one in covered):
            yield f"Ingress must have TLS for {host or 'all hosts'} (spec.tls)"


def _hosts(entry: Any) -> list[Any]:
    """The hosts that a certificate is for; the empty name means all."""
    return to_list(entry.get("hosts")) or [""]


def _served_hosts(spec: Any) -> Iterator[Any]:
    rules = to_list(spec.get("rules"))
    for rule in rules:
        yield UNKNOWN if rule is UNKNOWN else rule.get("host") or ""
    if spec.get("defaultBackend") is not None or not rules:
        yield ""


def _covers(name: str, host: str) -> bool:
    """Whether a certificate for a name is valid for a host. A `*` matches one label."""
    name, host = name.lower(), host.lower()
    parent = host.partition(".")[2]
    return name in ("", host) or (name.startswith("*.") and name[2:] == parent != "")


INGRESS_TLS = ResourcePolicy(
    name="ingress-tls",
    description="Ingresses must have TLS for every host, and must not serve plain HTTP.",
    reason="Clients send passwords, which plain HTTP exposes.",
    severity=Severity.CRITICAL,
    types=frozenset({INGRESS}),
    validate=_validate_ingress,
    settings=(),
    remediation="Remove the transformation in the program that adds it: the pack registry declares "
    "no Ingress",
    remediation_elsewhere="list every host of the Ingress in spec.tls with the Secret of its "
    "certificate, and remove annotations that allow plain HTTP",
)


def _validate_external(service: Resource, _: Config) -> Iterator[str]:
    addresses = to_list(dig(service.properties, "spec", "externalIPs"))
    if known := [str(address) for address in addresses if address is not UNKNOWN]:
        yield f"Service must not have externalIPs ({', '.join(known)})"
    if dig(service.properties, "spec", "type") == "ExternalName":
        yield "Service must not have the type ExternalName, which redirects clients"


EXTERNAL_IPS = ResourcePolicy(
    name="service-no-external-ips",
    description="Services must not have external IPs or an external name.",
    reason="They take over traffic to any address in the cluster (CVE-2020-8554), or send clients "
    "to another host.",
    severity=Severity.HIGH,
    types=frozenset({SERVICE}),
    validate=_validate_external,
    settings=(),
    remediation="Remove the transformation in the program that sets them: the pack registry sets "
    "none",
    remediation_elsewhere="remove externalIPs and externalName from the Service, and set its type "
    "to LoadBalancer or NodePort",
)

_WIDEST = {4: 8, 6: 16}
"""The shortest prefix that counts as a limit: shorter ones can cover the Internet in parts."""


def _validate_sources(service: Resource, _: Config) -> Iterator[str]:
    if dig(service.properties, "spec", "type") != "LoadBalancer":
        return
    ranges = source_ranges(service)
    if not ranges:
        yield "Load balancer must have loadBalancerSourceRanges, because it accepts all clients"
    for one in ranges:
        if one is not UNKNOWN and _is_wide(str(one).strip()):
            yield f"Load balancer must have smaller loadBalancerSourceRanges than {one}"


def _is_wide(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return True
    return network.prefixlen < _WIDEST[network.version]


SOURCE_RANGES = ResourcePolicy(
    name="load-balancer-source-ranges",
    description="Services of type LoadBalancer must limit the addresses of their clients.",
    reason="A load balancer often has a public address, and a registry has few clients. Whether "
    "everyone may reach it is your decision, so this policy only warns.",
    severity=Severity.MEDIUM,
    level=EnforcementLevel.ADVISORY,
    types=frozenset({SERVICE}),
    validate=_validate_sources,
    settings=(),
    remediation="Set kubernetes.service.sourceRanges to the networks of the clients, or remove the "
    "transformation in the program that changes the Service",
    remediation_elsewhere="set loadBalancerSourceRanges of the Service",
)
