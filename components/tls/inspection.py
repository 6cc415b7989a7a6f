"""Reads certificates and keys in PEM.

``cryptography`` is imported only inside functions: previews with a generated certificate don't need
it.
"""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

from components.tls.blocks import (
    CERTIFICATE_BLOCKS,
    certificate_blocks,
    certificate_error,
    check_certificate_blocks,
    check_key_blocks,
    contains_private_key,
    tidy,
)

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

COMMON_NAME_LIMIT = 64
"""Maximum length of a common name (RFC 5280, appendix A.1, ub-common-name)."""

MIN_RSA_BITS = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")
"""Elliptic curves for TLS certificates: P-256, P-384 and P-521."""
ALLOWED_KEYS = (
    f"Use RSA of {MIN_RSA_BITS} bits or more, P-256, P-384, P-521 or Ed25519, "
    "for example from `openssl ecparam -name prime256v1 -genkey`."
)


def fingerprint(chain: str) -> str:
    """Return the SHA-256 of the first certificate's DER form, in lower-case hex."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate_blocks(chain)[0])).hexdigest()


def trust_anchors(chain: str) -> str:
    """Return the issuers in a chain, or the certificate itself if there are none."""
    blocks = certificate_blocks(chain)
    return "".join(blocks[1:] or blocks)


def issued_certificates(chain: str) -> str:
    """Return the certificates of a chain that are not self-issued.

    Clients that trust only the root need these in addition to the server certificate.
    """
    from cryptography import x509

    blocks = [
        (block, x509.load_pem_x509_certificate(block.encode()))
        for block in certificate_blocks(chain)
    ]
    return "".join(block for block, read in blocks if read.issuer != read.subject)


def not_after(chain: str) -> str:
    """Return the end of the first certificate's validity (RFC 3339, UTC)."""
    from cryptography import x509

    end = x509.load_pem_x509_certificate(certificate_blocks(chain)[0].encode()).not_valid_after_utc
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


def validity_days(chain: str) -> int | None:
    """Return the validity of the first certificate in whole days. None if it is unreadable."""
    try:
        first = read_certificates(chain)[0]
    except ValueError:
        return None
    return (first.not_valid_after_utc - first.not_valid_before_utc).days


def has_issued(ca_pem: str, chain: str) -> bool:
    """Report whether one of the CAs issued a certificate of the chain, or is part of the chain.

    :raises ValueError: if a certificate is unreadable.
    """
    chained, trusted = read_certificates(chain), read_certificates(ca_pem)
    return any(
        certificate == ca or is_issued_by(certificate, ca)
        for certificate in chained
        for ca in trusted
    )


def read_certificates(
    text: str, allowed: str = f"one or more {CERTIFICATE_BLOCKS}", remedy: str = "Remove the key."
) -> list[x509.Certificate]:
    """Read public certificates, including everything that a check reads later.

    :param allowed: what the setting allows, for the error message.
    :param remedy: what to do if the text contains a private key, for the error message.
    :raises ValueError: if a certificate is missing or unreadable, or if the text contains a private
        key.
    """
    from cryptography import x509

    if contains_private_key(text) and "-----BEGIN CERTIFICATE-----" in text:
        raise ValueError(f"contains a private key, but this setting is public. {remedy}")
    text = tidy(text)
    check_certificate_blocks(text, allowed)
    found = []
    for place, block in enumerate(certificate_blocks(text), start=1):
        try:
            certificate = x509.load_pem_x509_certificate(block.encode())
        except Exception:  # cryptography's errors for unreadable input have no common base class
            raise certificate_error(block, place) from None
        _read_fully(certificate, f"certificate {place}")
        found.append(certificate)
    return found


def _read_fully(certificate: x509.Certificate, which: str) -> None:
    """Read the parts of a certificate that the library parses only on access.

    :raises ValueError: if a part is unreadable.
    """
    try:
        which = f"{which} ({display_name(certificate)})"
        _ = certificate.issuer, certificate.extensions
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except Exception:  # see read_certificates
        raise ValueError(
            f"{which} has an unreadable name, date or extension (RFC 5280). Issue it again."
        ) from None
    try:
        certificate.public_key()
    except Exception:  # see read_certificates
        raise ValueError(f"{which} has an unsupported key type. {ALLOWED_KEYS}") from None


def read_private_key(private_key: str) -> PrivateKeyTypes:
    """Read a private key.

    :raises ValueError: if the text is not a supported, unencrypted private key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    text = tidy(private_key)
    check_key_blocks(text)
    try:
        return serialization.load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise ValueError(
            "the private key is encrypted. Must be an unencrypted key in PEM. "
            "To decrypt it, run `openssl pkey -in KEY -out tls.key`."
        ) from None
    except UnsupportedAlgorithm:
        raise ValueError(f"the private key has an unsupported type. {ALLOWED_KEYS}") from None
    except Exception:  # see read_certificates
        raise ValueError(
            "not a private key in PEM. Must be an unencrypted key that starts with "
            "-----BEGIN PRIVATE KEY-----, or its RSA or EC form."
        ) from None


def encoded_key(key: PublicKeyTypes) -> bytes:
    """Return a public key in DER, for comparisons."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def display_name(certificate: x509.Certificate) -> str:
    """Return the subject of a certificate, for messages."""
    return certificate.subject.rfc4514_string() or "no subject"


def subject_alternative_names(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    """Return the DNS names and the IP addresses that a certificate is valid for."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], []
    return names.get_values_for_type(x509.DNSName), [
        str(address) for address in names.get_values_for_type(x509.IPAddress)
    ]


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Report whether the issuer's name and signature match a certificate."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
