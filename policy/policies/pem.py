"""What the policies read of certificates and keys in PEM.

Only this module imports ``cryptography``, and only if there is PEM text: its import takes time.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policy.policies.docker import Upload, uploads
from policy.resources import Resource

if TYPE_CHECKING:
    from cryptography import x509

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_CURVES = {"secp224r1": "P224", "secp256r1": "P256", "secp384r1": "P384", "secp521r1": "P521"}


@dataclass(frozen=True)
class Key:
    """A key's algorithm and size."""

    algorithm: str
    """RSA, ECDSA, the library's name for another algorithm, or unknown."""
    size: str
    """The bits of an RSA key; the curve of an ECDSA key as the TLS provider names it."""


@dataclass(frozen=True)
class Certificate:
    """What the policies read of a certificate."""

    common_name: str
    names: frozenset[str]
    """The subject alternative names: DNS names in lower case, and IP addresses."""
    is_ca: bool
    begins: datetime.datetime
    ends: datetime.datetime
    key: Key

    @property
    def title(self) -> str:
        """The certificate in messages."""
        return f"Certificate {self.common_name or ', '.join(sorted(self.names)) or 'with no name'}"


def chains(container: Resource) -> Iterator[tuple[Upload, tuple[Certificate, ...]]]:
    """The certificate chains among a container's files. Each starts with the server certificate."""
    for upload in uploads(container):
        if found := read_chain(upload.content):
            yield upload, found


@functools.lru_cache(maxsize=64)
def read_chain(text: str) -> tuple[Certificate, ...]:
    """The certificates of a PEM text; empty if one of them is not readable."""
    blocks = _BLOCK.findall(text)
    if not blocks:
        return ()
    from cryptography import x509

    try:
        return tuple(_read(x509.load_pem_x509_certificate(block.encode())) for block in blocks)
    except ValueError:
        return ()


@functools.lru_cache(maxsize=64)
def read_request(text: str) -> tuple[str, frozenset[str]] | None:
    """The common name and subject alternative names of a certificate request in PEM.

    None if the request is not readable.
    """
    from cryptography import x509

    try:
        return _names(x509.load_pem_x509_csr(text.encode()))
    except ValueError:
        return None


def _names(named: x509.Certificate | x509.CertificateSigningRequest) -> tuple[str, frozenset[str]]:
    """The common name and the subject alternative names."""
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
    return str(common_names[0].value) if common_names else "", frozenset(names)


def _read(certificate: x509.Certificate) -> Certificate:
    from cryptography import x509

    common_name, names = _names(certificate)
    return Certificate(
        common_name=common_name,
        names=names,
        is_ca=any(
            isinstance(extension.value, x509.BasicConstraints) and extension.value.ca
            for extension in certificate.extensions
        ),
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
        key=_key(certificate.public_key),
    )


@functools.lru_cache(maxsize=64)
def read_private_key(text: str) -> Key | None:
    """The kind of a private key in PEM; None if the key is encrypted or not readable."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return _key(
            lambda: load_pem_private_key(
                text.encode(), password=None, unsafe_skip_rsa_key_validation=True
            ).public_key()
        )
    except (ValueError, TypeError):
        return None


def _key(read: Callable[[], Any]) -> Key:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = read()
    except UnsupportedAlgorithm:
        return Key("unknown", "")
    if isinstance(key, rsa.RSAPublicKey):
        return Key("RSA", str(key.key_size))
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Key("ECDSA", _CURVES.get(key.curve.name, key.curve.name))
    return Key(type(key).__name__.lstrip("_").removesuffix("PublicKey").upper(), "")
