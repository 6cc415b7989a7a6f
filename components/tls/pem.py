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

from common.types.network import is_ip

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


_BLOCKS = "blocks that start with -----BEGIN CERTIFICATE-----"

COMMON_NAME_LIMIT = 64
"""Characters that a certificate's common name may have (RFC 5280, appendix A.1, ub-common-name)."""

MIN_RSA_BITS = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")
"""The curves of TLS certificates: P-256, P-384 and P-521."""
_KEYS = f"allowed is RSA of {MIN_RSA_BITS} bits or more, P-256, P-384, P-521 or Ed25519, for example `openssl ecparam -name prime256v1 -genkey`"

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

    blocks = [
        (block, x509.load_pem_x509_certificate(block.encode())) for block in certificates(chain)
    ]
    return "".join(block for block, read in blocks if read.issuer != read.subject)


def not_after(chain: str) -> str:
    """End of the first certificate's validity, RFC 3339 in UTC."""
    from cryptography import x509

    end = x509.load_pem_x509_certificate(certificates(chain)[0].encode()).not_valid_after_utc
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


def check_certificates(text: str, now: datetime.datetime | None = None) -> Iterator[str]:
    """What keeps certificates from being trusted and told to everybody, each as the rest of a sentence."""
    try:
        trusted = _certificates(text)
    except ValueError as error:
        yield str(error)
        return
    yield from _validity(trusted, now or datetime.datetime.now(datetime.UTC))


def has_issued(authorities: str, chain: str) -> bool:
    """Whether one of some authorities has issued a certificate of a chain, or stands in it itself; all of them can be read."""
    chained, trusted = _certificates(chain), _certificates(authorities)
    return any(
        certificate == authority or _issued(certificate, authority)
        for certificate in chained
        for authority in trusted
    )


def validity_days(chain: str) -> int | None:
    """Whole days from the first certificate's beginning to its end; none where it can't be read."""
    try:
        first = _certificates(chain)[0]
    except ValueError:
        return None
    return (first.not_valid_after_utc - first.not_valid_before_utc).days


Problems = Iterator[tuple[str, str]]
"""What is wrong, each as the setting concerned (`certificatePem` or `privateKeyPem`, of their group) and the rest of a sentence."""


def check_server_certificate(
    chain: str, private_key: str, hostname: str, now: datetime.datetime | None = None
) -> Problems:
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
    fits = (
        hostname in addresses
        if is_ip(hostname)
        else any(_matches(hostname, name) for name in names)
    )
    yield from _use(chained[0], "server")
    if not fits:
        held = ", ".join([*names, *addresses]) or "none"
        yield (
            "certificatePem",
            f"it is not for hostname {hostname}: it names {held}; give a certificate that names it, or change hostname",
        )
    yield from _in_force(chained, now)


def check_client_certificate(
    chain: str, private_key: str, now: datetime.datetime | None = None
) -> Problems:
    """What keeps a certificate and its key from being used by a client, whose settings have names of their own; parameters as above."""
    chained, told = _read(chain, private_key)
    use = _use(chained[0], "client") if chained else ()
    for setting, reason in (*told, *use, *_in_force(chained, now)):
        yield (
            {"certificatePem": "clientCertificatePem", "privateKeyPem": "clientPrivateKeyPem"}[
                setting
            ],
            reason,
        )


def check_ca_certificate(
    chain: str, private_key: str, now: datetime.datetime | None = None
) -> Problems:
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
        yield (
            "certificatePem",
            f"{_name(chained[0])} is no authority's certificate (basic constraints: CA); give the one that issues others",
        )
    yield from _in_force(chained, now)


def _read(chain: str, private_key: str) -> tuple[list[x509.Certificate], list[tuple[str, str]]]:
    """The certificates of a chain, and what is wrong with them and their key; no certificates where they can't be read."""
    told: list[tuple[str, str]] = []
    public_key = None
    try:
        public_key = _public_key(private_key)
    except ValueError as error:
        told.append(("privateKeyPem", str(error)))
    try:
        chained = _certificates(
            chain,
            f"a chain of {_BLOCKS}, the server's first",
            "the certificates alone, the key as privateKeyPem",
        )
    except ValueError as error:
        return [], [*told, ("certificatePem", str(error))]
    if public_key is not None and public_key != _encoded(chained[0].public_key()):
        reason = f"the key does not belong to the first certificate ({_name(chained[0])}); give the key that it was issued for"
        told.append(("privateKeyPem", reason))
    return chained, told


def _certificates(
    text: str, allowed: str = f"one or more {_BLOCKS}", alone: str = "the certificates alone"
) -> list[x509.Certificate]:
    """The certificates of a text that everybody may read; of each, all that is asked of it later can be read.

    :param allowed: what is allowed, for the sentence.
    :param alone: what is to be given where a key stands beside them, for the sentence.
    :raises ValueError: with the rest of a sentence, where there are none, one can't be read, or a key stands beside them.
    """
    from cryptography import x509

    if "PRIVATE KEY-----" in text and "-----BEGIN CERTIFICATE-----" in text:
        raise ValueError(
            f"the text holds a private key, which everybody may read there; give {alone}"
        )
    try:
        found = x509.load_pem_x509_certificates("".join(certificates(text)).encode())
    except Exception:  # the library has no common error for what it can't read
        raise ValueError(f"the text is no certificate in PEM; allowed is {allowed}") from None
    for place, certificate in enumerate(found, start=1):
        _read_through(certificate, f"certificate {place}")
    return found


def _read_through(certificate: x509.Certificate, which: str) -> None:
    """Read the parts of a certificate, which the library looks at only when they are asked for.

    :raises ValueError: with the rest of a sentence, where one of them can't be read.
    """
    try:
        which = f"{which} ({_name(certificate)})"
        _ = certificate.issuer, certificate.extensions
    except Exception:  # as above
        raise ValueError(
            f"{which} has a name or an extension that can't be read (RFC 5280); have it issued anew"
        ) from None
    try:
        certificate.public_key()
    except Exception:  # as above
        raise ValueError(f"{which} has a key of another kind; {_KEYS}") from None


def _in_force(chained: list[x509.Certificate], now: datetime.datetime | None) -> Problems:
    for reason in (
        *_validity(chained, now or datetime.datetime.now(datetime.UTC)),
        *_order(chained),
        *_weak_keys(chained),
    ):
        yield "certificatePem", reason


def _use(certificate: x509.Certificate, who: str) -> Problems:
    """A certificate that says what it is for is for that alone (RFC 5280, 4.2.1.12)."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    wanted = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}[
        who
    ]
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not {wanted, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(uses):
        reason = f"{_name(certificate)} is not for a {who} (extended key usage); give one that is, for example with `extendedKeyUsage = {who}Auth`"
        yield "certificatePem", reason


def _weak_keys(chained: list[x509.Certificate]) -> Iterator[str]:
    """Which certificates have a key that clients refuse: Go's TLS and OpenSSL take these (NIST SP 800-57, part 3, 2.2)."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    for place, certificate in enumerate(chained, start=1):
        match certificate.public_key():
            case rsa.RSAPublicKey() as key:
                fine, held = key.key_size >= MIN_RSA_BITS, f"an RSA key of {key.key_size} bits"
            case ec.EllipticCurvePublicKey() as key:
                fine, held = key.curve.name in CURVES, f"a key on the curve {key.curve.name}"
            case key:
                fine, held = isinstance(key, ed25519.Ed25519PublicKey), "a key of another kind"
        if not fine:
            yield f"certificate {place} ({_name(certificate)}) has {held}; {_KEYS}"


def _public_key(private_key: str) -> bytes:
    """The public half of a private key.

    :raises ValueError: with the rest of a sentence, where the text is no key that can be used.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        return _encoded(
            serialization.load_pem_private_key(private_key.encode(), password=None).public_key()
        )
    except TypeError:
        raise ValueError(
            "the private key is encrypted; allowed is an unencrypted PEM key: decrypt it with `openssl pkey -in KEY -out tls.key`"
        ) from None
    except UnsupportedAlgorithm:
        raise ValueError(f"the private key is of another kind; {_KEYS}") from None
    except Exception:  # as above
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
    for place, (certificate, issuer) in enumerate(pairwise(chained), start=1):
        if not _issued(certificate, issuer):
            yield (
                f"the chain is out of order: certificate {place + 1} ({_name(issuer)}) did not issue certificate {place} ({_name(certificate)}); "
                "allowed is the server's certificate first, each next one the issuer of the one before"
            )


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


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
    return names.get_values_for_type(x509.DNSName), [
        str(address) for address in names.get_values_for_type(x509.IPAddress)
    ]


def _matches(hostname: str, name: str) -> bool:
    """Whether a SAN stands for a host; `*` stands for one whole label (RFC 9525, 6.3)."""
    if is_ip(hostname):
        return is_ip(name) and ipaddress.ip_address(hostname) == ipaddress.ip_address(name)
    if name.startswith("*."):
        return hostname.partition(".")[2] == name[2:].lower()
    return hostname == name.lower()
