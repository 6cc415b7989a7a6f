"""Kubernetes' names, quantities and ranges."""

from __future__ import annotations

import ipaddress
import re
from decimal import Decimal
from typing import Annotated

from common.types.base import Format, Range, integer

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
SERVICE_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Name of a Service: a DNS label that starts with a letter (RFC 1035)."""
_CPU = re.compile(r"[0-9]{1,7}m|[0-9]{1,4}(?:\.[0-9]{1,3})?")
_MEMORY = re.compile(r"([1-9][0-9]{0,14})(Ki|Mi|Gi|Ti|k|M|G|T)?")
_UNITS = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}
_MIN_MEMORY, _MAX_MEMORY = 32 * 2**20, 2**44
"""Bytes: less than any server needs, and more than any node has."""
_MIN_STORAGE = 2**20
_ANNOTATION_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def cpus_of(quantity: str) -> Decimal:
    """Return the CPUs of a quantity such as ``250m`` or ``1.5``.

    :raises ValueError: if the quantity is invalid.
    """
    if not _CPU.fullmatch(quantity):
        raise ValueError
    return Decimal(quantity[:-1]) / 1000 if quantity.endswith("m") else Decimal(quantity)


def bytes_of(quantity: str) -> int:
    """Return the bytes of a quantity such as ``512Mi``.

    The suffix ``m`` is invalid. Kubernetes reads ``512m`` as half a byte.

    :raises ValueError: if the quantity is invalid.
    """
    match = _MEMORY.fullmatch(quantity)
    if not match:
        raise ValueError
    return int(match[1]) * _UNITS[match[2] or ""]


def _cpu_quantity(value: str) -> str:
    if not Decimal("0.001") <= cpus_of(value) <= 1024:
        raise ValueError
    return value


def _memory_quantity(value: str) -> str:
    if not _MIN_MEMORY <= bytes_of(value) <= _MAX_MEMORY:
        raise ValueError
    return value


def _storage_quantity(value: str) -> str:
    if bytes_of(value) < _MIN_STORAGE:
        raise ValueError
    return value


def _subdomain(value: str) -> str:
    if len(value) > 253 or not _SUBDOMAIN.fullmatch(value):
        raise ValueError
    return value


def _annotation_key(value: str) -> str:
    """Check the name and the optional prefix of a key (Kubernetes, "Annotations")."""
    prefix, slash, name = value.rpartition("/")
    if not _ANNOTATION_NAME.fullmatch(name):
        raise ValueError
    return f"{_subdomain(prefix)}/{name}" if slash else value


def _cidr(value: str) -> str:
    """Return an address range in its normal form. An address without a length is invalid."""
    if "/" not in value:
        raise ValueError
    return str(ipaddress.ip_network(value))


NamespaceName = Annotated[
    str,
    Format(
        "a DNS label: 1 to 63 lower-case letters, digits and hyphens, a letter or digit at both "
        "ends",
        "pack-registry",
        pattern=_LABEL,
    ),
]
ObjectName = Annotated[
    str,
    Format(
        "a DNS name in lower case: letters, digits, dots and hyphens", "registry-tls", _subdomain
    ),
]
"""Name of a Secret, a StorageClass, a ServiceAccount or a PriorityClass."""
ContextName = Annotated[
    str,
    Format(
        "1 to 253 printable characters without leading or trailing spaces",
        "prod-admin@prod",
        pattern=r"(?! )[^\x00-\x1f\x7f]{1,253}(?<! )",
    ),
]
"""Name of a context in a kubeconfig file. Cloud providers use colons, slashes and at signs."""
ReplicaCount = Annotated[int, integer(1, 20, 3, "replicas")]
NodePortNumber = Annotated[int, Range("a port from 30000 to 32767", 30443, low=30000, high=32767)]
"""Default range of a cluster's node ports."""
AnnotationKey = Annotated[
    str,
    Format(
        "an annotation key: a name of at most 63 characters, with an optional DNS name and a slash "
        "before it",
        "service.beta.kubernetes.io/aws-load-balancer-type",
        _annotation_key,
    ),
]
AddressRange = Annotated[str, Format("an IP address range in CIDR notation", "10.0.0.0/8", _cidr)]
CpuQuantity = Annotated[
    str, Format("a number of CPUs from 1m to 1024 (1000m is one CPU)", "500m", _cpu_quantity)
]
MemoryQuantity = Annotated[
    str,
    Format("a size of at least 32Mi, with Ki, Mi, Gi, Ti, k, M, G or T", "512Mi", _memory_quantity),
]
StorageQuantity = Annotated[
    str,
    Format("a size of at least 1Mi, with Ki, Mi, Gi, Ti, k, M, G or T", "50Gi", _storage_quantity),
]
