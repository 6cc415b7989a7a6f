"""Docker's names, references and limits."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any

from common.types.base import Format, Range, integer
from common.types.network import check_port

CAPABILITIES = frozenset(
    "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE "
    "DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN "
    "MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID "
    "SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE "
    "SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM".split()
)
_SIZE = re.compile(r"([1-9][0-9]{0,8})([kmg])", re.IGNORECASE)
_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30}
_MIN_MEMORY, _MAX_MEMORY = 128 * 2**20, 2**44
"""Bytes: what the server needs to start, and more than any host has."""

_DOMAIN_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
PATH_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
"""One component of a repository's name (OCI distribution specification, "Pulling manifests")."""
_IMAGE = re.compile(
    rf"(?:(?P<domain>{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*(?::[0-9]{{1,5}})?)/)?"
    rf"(?P<path>{PATH_PART}(?:/{PATH_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_UNIX_HOST = re.compile(r"unix:///[^\s:]+")
_NETWORK_HOST = re.compile(
    r"(ssh://([A-Za-z0-9._-]+@)?|(?P<tcp>tcp://))"
    r"(\[(?P<ipv6>[0-9a-fA-F:.]+)\]|[A-Za-z0-9]+([.-]+[A-Za-z0-9]+)*)(:(?P<port>[0-9]{1,5}))?"
)


def size_in_bytes(value: str) -> int:
    """Return the bytes of a size such as ``512m``. Units are powers of 1024, as in Docker.

    :raises ValueError: if the size is invalid.
    """
    match = _SIZE.fullmatch(value)
    if not match:
        raise ValueError
    return int(match[1]) * _UNITS[match[2].lower()]


def names_registry(reference: str) -> bool:
    """Whether an image reference starts with a registry's host.

    As for Docker, a host has a dot, a port or the name ``localhost``.
    """
    first, slash, _ = reference.partition("/")
    return bool(slash) and ("." in first or ":" in first or first == "localhost")


def _log_size(value: str) -> str:
    size_in_bytes(value)
    return value.lower()


def _memory_size(value: str) -> str:
    if value[-1:].lower() == "k" or not _MIN_MEMORY <= size_in_bytes(value) <= _MAX_MEMORY:
        raise ValueError
    return value.lower()


def _image_reference(value: str) -> str:
    match = _IMAGE.fullmatch(value)
    if not match or not (match["tag"] or match["digest"]) or len(match["path"]) > 255:
        raise ValueError
    # Docker reads 64 hexadecimal digits as the ID of an image.
    if re.fullmatch(r"[0-9a-f]{64}", match["path"]) and not match["domain"]:
        raise ValueError
    check_port((match["domain"] or "").partition(":")[2])
    return value


def _docker_host(value: str) -> str:
    """Return a Docker host as the Docker CLI reads it."""
    if _UNIX_HOST.fullmatch(value):
        return value
    network = _NETWORK_HOST.fullmatch(value)
    if network is None or ".." in value or (network["tcp"] and not network["port"]):
        raise ValueError
    if network["ipv6"]:
        ipaddress.IPv6Address(network["ipv6"])
    check_port(network["port"] or "")
    return value


def _capability(value: str) -> str:
    """Return a Linux capability as the Docker daemon reports it, with ``CAP_``."""
    name = value.upper().removeprefix("CAP_")
    if name not in CAPABILITIES:
        raise ValueError
    return f"CAP_{name}"


def _capability_or_all(value: str) -> str:
    return "ALL" if value.upper() == "ALL" else _capability(value)


class _FileMode(Format):
    def parse(self, value: Any) -> Any:
        """Return the mode as a string: YAML 1.1 reads a bare 0444 as an octal number."""
        mode = f"{value:04o}" if isinstance(value, int) and not isinstance(value, bool) else value
        return super().parse(mode)


DockerName = Annotated[
    str,
    Format(
        "2 to 128 letters, digits, dots, underscores and hyphens, a letter or digit first",
        "spectro-registry-prod",
        pattern=r"[A-Za-z0-9][A-Za-z0-9_.-]{1,127}",
    ),
]
"""Name of a container or volume."""
NetworkName = Annotated[
    str,
    Format(
        "the name of a Docker network: up to 128 letters, digits, dots, underscores and hyphens, "
        "no dot or hyphen first",
        "backend",
        pattern=r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
    ),
]
"""Docker accepts more names, but its own DNS and command line can't use all of them."""
ImageReference = Annotated[
    str,
    Format(
        "an image reference with a tag, or with a sha256 digest of 64 hexadecimal digits",
        "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0",
        _image_reference,
        source="`docker pull` of the tag prints the digest.",
    ),
]
DockerHost = Annotated[
    str,
    Format(
        "unix:///path, ssh://user@host[:port] or tcp://host:port",
        "ssh://ops@registry.example.com",
        _docker_host,
    ),
]
Capability = Annotated[str, Format("a Linux capability", "CAP_NET_BIND_SERVICE", _capability)]
CapabilityOrAll = Annotated[
    str, Format("a Linux capability, or ALL for all of them", "ALL", _capability_or_all)
]
PrivateKeyMode = Annotated[
    str, _FileMode("one of: 0400, 0440, 0444", "0444", pattern="0400|0440|0444")
]
MemorySize = Annotated[str, Format("a size in m or g, at least 128m", "4g", _memory_size)]
LogSize = Annotated[str, Format("a size in k, m or g", "50m", _log_size)]
LogFileCount = Annotated[int, integer(1, 100, 5, "files")]
CpuCount = Annotated[float, Range("a number of CPUs from 0.1 to 1024", 2, low=0.1, high=1024)]
ProcessCount = Annotated[int, integer(32, 4194304, 512, "processes")]
StopSeconds = Annotated[int, integer(1, 9, 5, "seconds")]
