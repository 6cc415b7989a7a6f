"""TODO describe."""

from __future__ import annotations

import ipaddress

from common.types.network import is_ip
from components.docker.engine import DockerEngine

ALL_OF_IPV4 = "0.0.0.0"  # noqa: S104 - compared, not bound


def reachable_address(host: DockerEngine, bind_address: str) -> str:
    """The address under which a port that is published on ``bind_address`` is reached from here."""
    if bind_address == "::" and host.is_local:
        return "::1"
    return host.address if bind_address in ("0.0.0.0", "::") else bind_address  # noqa: S104


def _is_out_of_reach(host: DockerEngine, bind_address: str) -> bool:
    """Whether a port that is published on an address can't be reached from here: it is another machine's loopback address."""
    return _is_loopback(bind_address) and not host.is_local and not _is_loopback(host.address)


def _is_loopback(address: str) -> bool:
    return address == "localhost" or (is_ip(address) and ipaddress.ip_address(address).is_loopback)
