"""Networks whose addresses no other network can reach."""

from __future__ import annotations

import ipaddress

PRIVATE_NETWORKS = (
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fc00::/7",
)
"""Loopback addresses (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3) and private ones (RFC 1918, RFC 4193)."""


def is_private_address(address: str) -> bool:
    """Return whether an address is in a private network.

    :raises ValueError: if it is no IP address.
    """
    found = ipaddress.ip_address(address)
    return any(found in ipaddress.ip_network(network) for network in PRIVATE_NETWORKS)
