"""Names and addresses of hosts, ports and URLs."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from common.private_networks import is_private_address
from common.secret_shapes import VENDOR_TOKENS, is_random
from common.types.base import Format, Range

_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NEVER_PUBLIC = (
    ".local",
    ".localhost",
    ".internal",
    ".test",
    ".example",
    ".invalid",
    ".home.arpa",
    ".home",
    ".corp",
    ".lan",
)
"""Endings of names that the public DNS never has (RFC 6761, RFC 6762, RFC 8375)."""


def is_ip(host: str) -> bool:
    """Whether a host is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether a host is `localhost` or a loopback address."""
    return host == "localhost" or (is_ip(host) and ipaddress.ip_address(host).is_loopback)


def may_be_public(host: str) -> bool:
    """Whether the public DNS can have a name: it has a dot and no reserved ending."""
    return "." in host and not host.endswith(_NEVER_PUBLIC)


def addresses_overlap(address: str, other: str) -> bool:
    """Whether two listening addresses exclude each other on one port.

    They do if they are equal, or if one of them means all addresses of the other's family. Docker
    listens on ``::`` for IPv6 only.
    """
    one, two = ipaddress.ip_address(address), ipaddress.ip_address(other)
    return one == two or (one.version == two.version and (one.is_unspecified or two.is_unspecified))


def host_of(listening: str) -> str:
    """Return the host of a :data:`ListeningAddress`; empty for all addresses."""
    return listening.rpartition(":")[0]


def port_of(listening: str) -> int:
    """Return the port of a :data:`ListeningAddress`."""
    return int(listening.rpartition(":")[2])


def check_port(text: str) -> None:
    """Check the port of an address. An empty string means the default port.

    :raises ValueError: if the port is not between 1 and 65535.
    """
    if text and not 1 <= int(text) <= 65535:
        raise ValueError


def dns_name(value: str) -> str:
    """Return a DNS name (RFC 1123, 2.1) in lower case.

    :raises ValueError: if a label is invalid, or if the last label is a number, as in a mistyped
        IP address.
    """
    name = value.lower()
    labels = name.split(".")
    if len(name) > 253 or labels[-1].isdigit() or not all(map(_DNS_LABEL.fullmatch, labels)):
        raise ValueError
    return name


def hostname(value: str) -> str:
    """Return a DNS name in lower case, or the IP address of a host in its normal form."""
    return host_address(value) if is_ip(value) else dns_name(value)


def subject_alternative_name(value: str) -> str:
    """Return a hostname, or a DNS name whose first label is ``*``.

    :raises ValueError: also for a wildcard of a top-level domain, which clients reject
        (RFC 9525, 7.1).
    """
    if not value.startswith("*."):
        return hostname(value)
    if "." not in value[2:]:
        raise ValueError
    return "*." + dns_name(value[2:])


def ip_address(value: str) -> str:
    """Return an IP address on which a host can listen, in its normal form.

    :raises ValueError: if the address is invalid, multicast or reserved, or has a zone.
    """
    if "%" in value:
        raise ValueError
    address = ipaddress.ip_address(value)
    meant = getattr(address, "ipv4_mapped", None) or address
    # The reserved IPv4 addresses include the broadcast address.
    if meant.is_multicast or (meant.version == 4 and meant.is_reserved):
        raise ValueError
    return str(address)


def host_address(value: str) -> str:
    """Return the IP address of one host. Unspecified addresses are rejected."""
    address = ipaddress.ip_address(ip_address(value))
    if (getattr(address, "ipv4_mapped", None) or address).is_unspecified:
        raise ValueError
    return str(address)


def url(*schemes: str) -> Callable[[str], str]:
    """Return a check of URLs with these schemes, without credentials, query and fragment."""

    def check(value: str) -> str:
        if not value.isprintable() or any(character in value for character in " ?#"):
            raise ValueError
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.hostname or "@" in parts.netloc:
            raise ValueError
        hostname(parts.hostname)
        if parts.port == 0:  # reading the port raises for other invalid ports
            raise ValueError
        return value.rstrip("/")

    return check


def _private_address(value: str) -> str:
    address = host_address(value)
    if not is_private_address(address):
        raise ValueError
    return address


def is_private_host(host: str) -> bool:
    """Whether a host is a private address, or a name that the public DNS never has."""
    return is_private_address(host) if is_ip(host) else not may_be_public(host)


def _receiver_url(value: str) -> str:
    found = url("http", "https")(value)
    parts = urlsplit(found)
    if parts.scheme == "http" and not is_private_host(parts.hostname or ""):
        raise ValueError
    if re.search(VENDOR_TOKENS, parts.path) or any(map(is_random, parts.path.split("/"))):
        raise ValueError
    return found


def _listening_address(value: str) -> str:
    """Accept all addresses only: Docker can't reach a server on another address of a container."""
    match = re.fullmatch(r"(\[::\]|0\.0\.0\.0)?:([0-9]{1,5})", value)
    if not match:
        raise ValueError
    check_port(str(int(match[2]) or 65536))
    return value


Hostname = Annotated[
    str,
    Format(
        "a DNS name (labels of letters, digits and hyphens, separated by dots) or a host's IP "
        "address, without scheme, port or path",
        "registry.example.com",
        hostname,
    ),
]
SubjectAlternativeName = Annotated[
    str,
    Format(
        "a DNS name, also with a wildcard (*.example.com), or the IP address of one host",
        "registry.internal",
        subject_alternative_name,
    ),
]
HostAddress = Annotated[str, Format("the IP address of one host", "10.10.0.5", host_address)]
BindAddress = Annotated[
    str,
    Format(
        "an IP address of the Docker host, 0.0.0.0 for all of IPv4, or :: for all of IPv6",
        "127.0.0.1",
        ip_address,
    ),
]
Port = Annotated[
    int, Range("a TCP port from 1 to 65535, or 0 for the default", 8443, low=0, high=65535)
]
HttpUrl = Annotated[
    str, Format("an http:// or https:// URL", "https://packs.example.com", url("http", "https"))
]
PrivateAddress = Annotated[
    str,
    Format(
        "a loopback or private IP address of the Docker host. The port requires no credentials, so "
        "it must never be public",
        "127.0.0.1",
        _private_address,
    ),
]
MetricsPort = Annotated[int, Range("a TCP port from 1 to 65535", 5001, low=1, high=65535)]
ReceiverUrl = Annotated[
    str,
    Format(
        "an https:// URL, or an http:// URL of a private address or name, without credentials and "
        "tokens. Secrets belong in headers",
        "https://audit.example.com/events",
        _receiver_url,
    ),
]
HttpsUrl = Annotated[
    str, Format("an https:// URL", "https://acme.internal/directory", url("https"))
]
ListeningAddress = Annotated[
    str,
    Format(
        ":port, 0.0.0.0:port or [::]:port, with a port from 1 to 65535", ":8443", _listening_address
    ),
]
