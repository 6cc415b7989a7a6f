"""Addresses at which published ports are reached from this machine."""

from __future__ import annotations

from common.types.network import is_loopback
from components.docker.container_state import ALL_IPV4
from components.docker.engine import DockerEngine

ALL_IPV6 = "::"


def reachable_address(engine: DockerEngine, bind_address: str) -> str:
    """Return the address at which a port published on ``bind_address`` is reached from here."""
    if bind_address == ALL_IPV6 and engine.is_local:
        return "::1"
    return engine.address if bind_address in (ALL_IPV4, ALL_IPV6) else bind_address


def is_unreachable(engine: DockerEngine, bind_address: str) -> bool:
    """Return whether an address is the loopback address of another machine."""
    return is_loopback(bind_address) and not engine.is_local and not is_loopback(engine.address)
