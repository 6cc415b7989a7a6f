"""Compares the DNS records of a registry's hostname with its address."""

from __future__ import annotations

import contextlib
import socket

from common.types.network import is_ip


def dns_note(hostname: str, address: str) -> str | None:
    """Return a note if DNS does not resolve the hostname to the server's address.

    :returns: None for an IP address, and for a name that resolves to this machine.
    """
    if is_ip(hostname):
        return None
    try:
        resolved = resolve(hostname)
    except OSError:
        return (
            f"DNS does not resolve {hostname}. Clients need a DNS record that points to {address}."
        )
    with contextlib.suppress(OSError):
        if set(resolved) & set(resolve(address)):
            return None
    if any(_is_local(candidate) for candidate in resolved):
        return None
    return (
        f"{hostname} resolves to {', '.join(resolved)}, but the registry runs on {address}. "
        "Check the DNS record, unless the registry is behind a proxy."
    )


def resolve(host: str) -> list[str]:
    """Return the addresses of a name, or the address itself."""
    return sorted(
        {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    )


def _is_local(address: str) -> bool:
    """Report whether an address belongs to this machine: only those can be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
