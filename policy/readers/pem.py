"""What the policies read of certificates and keys in PEM.

A server reads each block of a file and skips what it can't read. So does this module, and it
reports what it can't read. It accepts more than servers do, so that nothing is hidden from it.
Only this module imports ``cryptography``, and only if there is PEM text: its import takes time.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from cryptography import x509

T = TypeVar("T")

_BEGIN = re.compile(rb"-----BEGIN ([A-Za-z0-9 ]*?) ?-----")
_LOOKS_LIKE_BEGIN = re.compile(
    rb"--\s*BEGIN [A-Z0-9 ]*(CERTIFICATE|PRIVATE KEY|PKCS ?#?7|CMS)", re.IGNORECASE
)
_HEADER = re.compile(rb"^[A-Za-z0-9-]+:.*(?:\r?\n[ \t].*)*$", re.MULTILINE)
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_CURVES = {"secp224r1": "P224", "secp256r1": "P256", "secp384r1": "P384", "secp521r1": "P521"}


@dataclass(frozen=True)
class Key:
    """A key's algorithm and size."""

    algorithm: str
    """RSA, ECDSA, the library's name for another algorithm, or unknown."""
    size: str
    """The bits of an RSA key; the curve of an ECDSA key as the TLS provider names it."""
    public: bytes = b""
    """The public key in DER, if it is known."""


@dataclass(frozen=True)
class Names:
    """The names of a certificate or of a certificate request."""

    common_name: str
    alternatives: frozenset[str]
    """The subject alternative names: DNS names in lower case, and IP addresses."""


@dataclass(frozen=True)
class Certificate:
    """What the policies read of a certificate."""

    names: Names
    is_ca: bool
    """Whether it can sign certificates: basic constraints and key usage say so."""
    is_for_servers: bool
    """Whether its extended key usage names server authentication."""
    begins: datetime.datetime
    ends: datetime.datetime
    key: Key

    @property
    def title(self) -> str:
        """The certificate in messages."""
        names = self.names
        return f"Certificate {names.common_name or ', '.join(sorted(names.alternatives)) or '?'}"


@dataclass(frozen=True)
class Request:
    """What the policies read of a certificate request."""

    names: Names
    key: Key


@dataclass(frozen=True)
class Pem:
    """The blocks of a file, in their order."""

    certificates: tuple[Certificate | None, ...] = ()
    """None for a block that is not readable."""
    requests: tuple[Request | None, ...] = ()
    keys: tuple[Key | None, ...] = ()
    has_others: bool = False
    """Whether the file has a certificate or a key in a form that servers don't read."""


@functools.lru_cache(maxsize=64)
def read_pem(data: bytes) -> Pem:
    """Read a file."""
    certificates: list[Certificate | None] = []
    requests: list[Request | None] = []
    keys: list[Key | None] = []
    others = 0
    for label, der in _blocks(data):
        if label.endswith("CERTIFICATE"):
            certificates.append(_try(_read_certificate, der))
        elif label.endswith("CERTIFICATE REQUEST"):
            requests.append(_try(_read_request, der))
        elif label.endswith("PRIVATE KEY"):
            is_ssh = label.startswith("OPENSSH")
            keys.append(_try(_read_ssh_key if is_ssh else _read_private_key, der))
        elif label.startswith(("PKCS", "CMS")):
            others += 1
    read = len(certificates) + len(requests) + len(keys) + others
    unread = len(_LOOKS_LIKE_BEGIN.findall(data)) > read
    return Pem(tuple(certificates), tuple(requests), tuple(keys), bool(others) or unread)


def _blocks(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The label and content of each block. A block ends where its base64 text ends."""
    for begin in _BEGIN.finditer(data):
        text = data[begin.end() :].partition(b"-----")[0]
        body = _NO_BASE64.sub(b"", _HEADER.sub(b"", text))
        try:
            der = base64.b64decode(body + b"=" * (-len(body) % 4))
        except binascii.Error:
            der = b""
        yield begin[1].decode().upper().strip(), der


def _try(read: Callable[[bytes], T], der: bytes) -> T | None:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return read(der)
    except (
        ValueError,
        TypeError,
        OverflowError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ):
        return None


def _read_certificate(der: bytes) -> Certificate:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    certificate = x509.load_der_x509_certificate(der)
    values = [extension.value for extension in certificate.extensions]
    constraints = [one.ca for one in values if isinstance(one, x509.BasicConstraints)]
    can_sign = [one.key_cert_sign for one in values if isinstance(one, x509.KeyUsage)]
    uses = [use for one in values if isinstance(one, x509.ExtendedKeyUsage) for use in one]
    return Certificate(
        names=_read_names(certificate),
        is_ca=constraints == [True] and all(can_sign),
        is_for_servers=ExtendedKeyUsageOID.SERVER_AUTH in uses,
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
        key=_to_key(certificate.public_key),
    )


def _read_request(der: bytes) -> Request:
    from cryptography import x509

    request = x509.load_der_x509_csr(der)
    return Request(_read_names(request), _to_key(request.public_key))


def _read_names(named: x509.Certificate | x509.CertificateSigningRequest) -> Names:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    names: set[str] = set()
    for extension in named.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            names |= {name.lower() for name in extension.value.get_values_for_type(x509.DNSName)}
            names |= {
                str(address) for address in extension.value.get_values_for_type(x509.IPAddress)
            }
    common_names = named.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Names(str(common_names[0].value) if common_names else "", frozenset(names))


def _read_private_key(der: bytes) -> Key:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    return _to_key(
        lambda: load_der_private_key(
            der, password=None, unsafe_skip_rsa_key_validation=True
        ).public_key()
    )


def _read_ssh_key(der: bytes) -> Key:
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    label = b"OPENSSH PRIVATE KEY"
    pem = b"-----BEGIN %s-----\n%s-----END %s-----\n" % (label, base64.encodebytes(der), label)
    return _to_key(lambda: load_ssh_private_key(pem, password=None).public_key())


def _to_key(read: Callable[[], Any]) -> Key:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        key = read()
    except UnsupportedAlgorithm:
        return Key("unknown", "")
    public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(key, rsa.RSAPublicKey):
        return Key("RSA", str(key.key_size), public)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Key("ECDSA", _CURVES.get(key.curve.name, key.curve.name), public)
    return Key(type(key).__name__.lstrip("_").removesuffix("PublicKey").upper(), "", public)
