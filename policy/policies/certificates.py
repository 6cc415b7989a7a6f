"""What the rules read of certificates and keys in PEM.

Of the rules, only this module imports ``cryptography``, and only where there is a PEM text: a preview is timed in tenths of a second.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policy.policies.docker import Upload, uploads
from policy.resource import Declared

if TYPE_CHECKING:
    from cryptography import x509

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class Key:
    """A key by its kind and size."""

    algorithm: str
    """RSA, ECDSA, what the library calls it, or unknown where it does not read such keys."""
    size: str
    """Bits of an RSA key; the curve of an ECDSA key as the TLS provider names it."""


@dataclass(frozen=True)
class Certificate:
    """What the rules ask of a certificate."""

    common_name: str
    names: frozenset[str]
    """Subject alternative names, DNS names in lower case and IP addresses."""
    is_ca: bool
    begins: datetime.datetime
    ends: datetime.datetime
    key: Key

    @property
    def title(self) -> str:
        """How it is told from others."""
        return f"the certificate of {self.common_name or ', '.join(sorted(self.names)) or 'an empty subject'}"


def chains(container: Declared) -> Iterator[tuple[Upload, tuple[Certificate, ...]]]:
    """The certificate chains among the files that a container is given, each with its certificates, the server's own first."""
    for upload in uploads(container):
        if found := read_chain(upload.content):
            yield upload, found


@functools.lru_cache(maxsize=64)
def read_chain(text: str) -> tuple[Certificate, ...]:
    """The certificates of a PEM text; none where there is none that can be read."""
    blocks = _BLOCK.findall(text)
    if not blocks:
        return ()
    from cryptography import x509

    try:
        return tuple(_read(x509.load_pem_x509_certificate(block.encode())) for block in blocks)
    except ValueError:
        return ()  # no certificate, so nothing that a rule on certificates could say


@functools.lru_cache(maxsize=64)
def read_request(text: str) -> tuple[str, frozenset[str]] | None:
    """The common name and the subject alternative names that a certificate is asked for; none where the PEM text can't be read."""
    from cryptography import x509

    try:
        return _names(x509.load_pem_x509_csr(text.encode()))
    except ValueError:
        return None


def _names(named: x509.Certificate | x509.CertificateSigningRequest) -> tuple[str, frozenset[str]]:
    """Common name and subject alternative names."""
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
        key=_kind(certificate.public_key),
    )


@functools.lru_cache(maxsize=64)
def read_private_key(text: str) -> Key | None:
    """The kind of a private key in PEM; none where it is encrypted or can't be read."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return _kind(
            lambda: load_pem_private_key(
                text.encode(), password=None, unsafe_skip_rsa_key_validation=True
            ).public_key()
        )
    except (ValueError, TypeError):
        return None


_CURVES = {"secp224r1": "P224", "secp256r1": "P256", "secp384r1": "P384", "secp521r1": "P521"}


def _kind(read: Callable[[], Any]) -> Key:
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
