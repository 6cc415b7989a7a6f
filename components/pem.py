"""Checks of a provided certificate and its key, and facts read from a certificate. Of the components, only this module imports ``cryptography``."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import re
import ssl
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from components import syntax

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def certificates(chain: str) -> list[str]:
    """The certificates of a PEM chain, each as PEM with its line end."""
    return [f"{block}\n" for block in _CERTIFICATE.findall(chain)]


def fingerprint(chain: str) -> str:
    """SHA-256 of the first certificate's DER form, in lower-case hex."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificates(chain)[0])).hexdigest()


def trust_anchors(chain: str) -> str:
    """What a client has to trust: the issuers that a chain brings, or the certificate itself where it stands alone."""
    blocks = certificates(chain)
    return "".join(blocks[1:] or blocks)


def issued_certificates(chain: str) -> str:
    """The certificates of a chain that somebody else has issued: what clients who trust the root alone are to be sent beside the server's."""
    from cryptography import x509

    blocks = [(block, x509.load_pem_x509_certificate(block.encode())) for block in certificates(chain)]
    return "".join(block for block, read in blocks if read.issuer != read.subject)


def not_after(chain: str) -> str:
    """End of the first certificate's validity, RFC 3339 in UTC."""
    from cryptography import x509

    end = x509.load_pem_x509_certificate(certificates(chain)[0].encode()).not_valid_after_utc
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


Told = Iterator[tuple[str, str]]
"""What is wrong, each as the setting concerned (`certificatePem` or `privateKeyPem`) and the rest of a sentence."""


def faults(chain: str, private_key: str, hostname: str, now: datetime.datetime | None = None) -> Told:
    """What keeps a certificate and its key from serving a host.

    :param chain: PEM certificates, the server's own first.
    :param private_key: PEM private key, unencrypted.
    :param hostname: DNS name or IP address by which clients come (RFC 9525: it must be among the subject alternative names).
    :param now: the moment for which validity is judged, the present by default.
    """
    chained, told = _read(chain, private_key)
    yield from told
    if not chained:
        return
    names, addresses = _subject_alternative_names(chained[0])
    # A client that asks for an address looks at the IP SANs alone (RFC 9525, 6.4).
    fits = hostname in addresses if syntax.is_ip(hostname) else any(_matches(hostname, name) for name in names)
    if not fits:
        held = ", ".join([*names, *addresses]) or "none"
        yield "certificatePem", f"it is not for hostname {hostname}: it names {held}; give a certificate that names it, or change hostname"
    yield from _in_force(chained, now)


def pair_faults(chain: str, private_key: str, now: datetime.datetime | None = None) -> Told:
    """What keeps a certificate and its key from being used by a client; parameters as above."""
    chained, told = _read(chain, private_key)
    yield from told
    yield from _in_force(chained, now)


def authority_faults(chain: str, private_key: str, now: datetime.datetime | None = None) -> Told:
    """What keeps a certificate and its key from issuing others (RFC 5280, 4.2.1.3 and 4.2.1.9); parameters as above."""
    from cryptography import x509

    chained, told = _read(chain, private_key)
    yield from told
    if not chained:
        return
    try:
        is_authority = chained[0].extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    if not is_authority:
        yield "certificatePem", f"{_name(chained[0])} is no authority's certificate (basic constraints: CA); give the one that issues others"
    yield from _in_force(chained, now)


def _read(chain: str, private_key: str) -> tuple[list[x509.Certificate], list[tuple[str, str]]]:
    """The certificates of a chain, and what is wrong with them and their key; no certificates where they can't be read."""
    from cryptography import x509

    told: list[tuple[str, str]] = []
    public_key = None
    try:
        public_key = _public_key(private_key)
    except ValueError as error:
        told.append(("privateKeyPem", str(error)))
    if "PRIVATE KEY-----" in chain and "-----BEGIN CERTIFICATE-----" in chain:
        reason = "the text holds a private key, which everybody may read there; give the certificates alone, the key as privateKeyPem"
        return [], [*told, ("certificatePem", reason)]
    try:
        chained = x509.load_pem_x509_certificates("".join(certificates(chain)).encode())
    except ValueError:
        reason = "the text is no certificate in PEM; allowed is a chain of blocks that start with -----BEGIN CERTIFICATE-----, the server's first"
        return [], [*told, ("certificatePem", reason)]
    if public_key is not None and public_key != _encoded(chained[0].public_key()):
        reason = f"the key does not belong to the first certificate ({_name(chained[0])}); give the key that it was issued for"
        told.append(("privateKeyPem", reason))
    return chained, told


def _in_force(chained: list[x509.Certificate], now: datetime.datetime | None) -> Told:
    for reason in (*_validity(chained, now or datetime.datetime.now(datetime.UTC)), *_order(chained)):
        yield "certificatePem", reason


def _public_key(private_key: str) -> bytes:
    """The public half of a private key.

    :raises ValueError: with the rest of a sentence, where the text is no key that can be used.
    """
    from cryptography.hazmat.primitives import serialization

    try:
        return _encoded(serialization.load_pem_private_key(private_key.encode(), password=None).public_key())
    except TypeError:
        raise ValueError(
            "the private key is encrypted; allowed is an unencrypted PEM key: decrypt it with `openssl pkey -in KEY -out tls.key`"
        ) from None
    except Exception:  # the library has no common error for what it can't read
        raise ValueError(
            "the text is no private key in PEM; allowed is an unencrypted key that starts with -----BEGIN PRIVATE KEY----- or its RSA or EC form"
        ) from None


def _validity(chained: list[x509.Certificate], now: datetime.datetime) -> Iterator[str]:
    """Which certificates are not valid at a moment."""
    for place, certificate in enumerate(chained, start=1):
        which = f"certificate {place} ({_name(certificate)})"
        if certificate.not_valid_after_utc < now:
            yield f"{which} expired on {certificate.not_valid_after_utc:%Y-%m-%d}; give a renewed one"
        if certificate.not_valid_before_utc > now:
            yield (
                f"{which} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}; "
                "give one that is valid today, or correct this machine's clock"
            )


def _order(chained: list[x509.Certificate]) -> Iterator[str]:
    """Which certificates were not issued by the next one."""
    from cryptography.exceptions import InvalidSignature

    for place, (certificate, issuer) in enumerate(pairwise(chained), start=1):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            yield (
                f"the chain is out of order: certificate {place + 1} ({_name(issuer)}) did not issue certificate {place} ({_name(certificate)}); "
                "allowed is the server's certificate first, each next one the issuer of the one before"
            )


def _encoded(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "no subject"


def _subject_alternative_names(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], []
    return names.get_values_for_type(x509.DNSName), [str(address) for address in names.get_values_for_type(x509.IPAddress)]


def _matches(hostname: str, name: str) -> bool:
    """Whether a SAN stands for a host; `*` stands for one whole label (RFC 9525, 6.3)."""
    if syntax.is_ip(hostname):
        return syntax.is_ip(name) and ipaddress.ip_address(hostname) == ipaddress.ip_address(name)
    if name.startswith("*."):
        return hostname.partition(".")[2] == name[2:].lower()
    return hostname == name.lower()
