"""Checks certificates, chains and keys from the settings.

Each reason completes a message that starts with the name of the setting and a colon.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from common.types.network import is_ip
from components.tls.inspection import (
    ALLOWED_KEYS,
    CERTIFICATE_BLOCKS,
    CURVES,
    MIN_RSA_BITS,
    display_name,
    encoded_key,
    is_issued_by,
    read_certificates,
    read_public_key,
    subject_alternative_names,
)

if TYPE_CHECKING:
    from cryptography import x509


class Problem(NamedTuple):
    """Why a certificate or a key can't be used."""

    setting: str
    """The name of the setting inside its group, for example `certificatePem`."""
    reason: str
    involves_hostname: bool = False
    """Whether a different `hostname` solves it too."""


Problems = Iterator[Problem]

_CLIENT_SETTINGS = {
    "certificatePem": "clientCertificatePem",
    "privateKeyPem": "clientPrivateKeyPem",
}


def check_server_certificate(
    chain: str, private_key: str, hostname: str, now: datetime.datetime | None = None
) -> Problems:
    """Find out why a server can't use a certificate and its key.

    :param chain: PEM certificates, the server's certificate first.
    :param private_key: unencrypted private key in PEM.
    :param hostname: DNS name or IP address that clients connect to.
    :param now: the time at which the certificates must be valid; the current time by default.
    """
    chained, problems = _read_chain_and_key(chain, private_key)
    yield from problems
    if not chained:
        return
    yield from _check_key_usage(chained[0], "server")
    yield from _check_hostname(chained[0], hostname)
    yield from _check_chain(chained, now)


def check_client_certificate(
    chain: str, private_key: str, now: datetime.datetime | None = None
) -> Problems:
    """Find out why a client can't use a certificate and its key.

    The parameters are those of :func:`check_server_certificate`.
    """
    chained, problems = _read_chain_and_key(chain, private_key)
    key_usage = _check_key_usage(chained[0], "client") if chained else ()
    for problem in (*problems, *key_usage, *_check_chain(chained, now)):
        yield problem._replace(setting=_CLIENT_SETTINGS[problem.setting])


def check_ca_certificate(
    chain: str, private_key: str, now: datetime.datetime | None = None
) -> Problems:
    """Find out why a CA can't issue certificates (RFC 5280, 4.2.1.3 and 4.2.1.9).

    The parameters are those of :func:`check_server_certificate`.
    """
    from cryptography import x509

    chained, problems = _read_chain_and_key(chain, private_key)
    yield from problems
    if not chained:
        return
    try:
        is_ca = chained[0].extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_ca = False
    if not is_ca:
        yield Problem(
            "certificatePem",
            f"{display_name(chained[0])} is not a CA certificate (basic constraints). "
            "Set the certificate of the CA that issues the server certificate.",
        )
    yield from _check_chain(chained, now)


def check_certificates(text: str, now: datetime.datetime | None = None) -> Iterator[str]:
    """Find out why certificates can't be trusted or made public. Yields a reason for each."""
    try:
        trusted = read_certificates(text)
    except ValueError as error:
        yield str(error)
        return
    yield from _check_validity(trusted, now or datetime.datetime.now(datetime.UTC))


def _read_chain_and_key(
    chain: str, private_key: str
) -> tuple[list[x509.Certificate], list[Problem]]:
    """Read a chain and its key. If the chain is unreadable, the list of certificates is empty."""
    problems: list[Problem] = []
    public_key = None
    try:
        public_key = read_public_key(private_key)
    except ValueError as error:
        problems.append(Problem("privateKeyPem", str(error)))
    try:
        chained = read_certificates(
            chain,
            f"a chain of {CERTIFICATE_BLOCKS}, the server's first",
            "Set the key as privateKeyPem.",
        )
    except ValueError as error:
        return [], [*problems, Problem("certificatePem", str(error))]
    if public_key is not None and public_key != encoded_key(chained[0].public_key()):
        reason = (
            "the key does not match the first certificate "
            f"({display_name(chained[0])}). Set the key that belongs to this certificate."
        )
        problems.append(Problem("privateKeyPem", reason))
    return chained, problems


def _check_hostname(certificate: x509.Certificate, hostname: str) -> Problems:
    """Check that a client accepts the certificate for a host."""
    names, addresses = subject_alternative_names(certificate)
    # Clients compare an IP address only with the IP SANs (RFC 9525, 6.4).
    if is_ip(hostname):
        is_valid = hostname in addresses
    else:
        is_valid = any(_covers(name, hostname) for name in names)
    if not is_valid:
        sans = ", ".join([*(f"DNS:{name}" for name in names), *(f"IP:{ip}" for ip in addresses)])
        yield Problem(
            "certificatePem",
            f"not valid for hostname {hostname}. Its subject alternative names are "
            f"{sans or 'empty'}. Set a certificate that includes the hostname, or change hostname.",
            involves_hostname=True,
        )


def _covers(name: str, hostname: str) -> bool:
    """Report whether a DNS SAN covers a hostname; `*` is one whole label (RFC 9525, 6.3)."""
    if name.startswith("*."):
        return hostname.partition(".")[2] == name[2:].lower()
    return hostname == name.lower()


def _check_key_usage(certificate: x509.Certificate, role: str) -> Problems:
    """Check the extended key usage, if the certificate has any (RFC 5280, 4.2.1.12).

    :param role: `server` or `client`.
    """
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    roles = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not {roles[role], ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(uses):
        reason = (
            f"{display_name(certificate)} is not a {role} certificate (extended key usage). "
            f"Set one that is, for example issued with `extendedKeyUsage = {role}Auth`."
        )
        yield Problem("certificatePem", reason)


def _check_chain(chained: list[x509.Certificate], now: datetime.datetime | None) -> Problems:
    """Check validity, order and keys of a chain."""
    for reason in (
        *_check_validity(chained, now or datetime.datetime.now(datetime.UTC)),
        *_check_order(chained),
        *_check_keys(chained),
    ):
        yield Problem("certificatePem", reason)


def _check_validity(chained: list[x509.Certificate], now: datetime.datetime) -> Iterator[str]:
    for place, certificate in enumerate(chained, start=1):
        which = f"certificate {place} ({display_name(certificate)})"
        if certificate.not_valid_after_utc < now:
            yield f"{which} expired on {certificate.not_valid_after_utc:%Y-%m-%d}. Renew it."
        if certificate.not_valid_before_utc > now:
            yield (
                f"{which} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}. "
                "Set a certificate that is valid now, or correct the clock of this machine."
            )


def _check_order(chained: list[x509.Certificate]) -> Iterator[str]:
    for place, (certificate, issuer) in enumerate(pairwise(chained), start=1):
        if not is_issued_by(certificate, issuer):
            yield (
                f"the chain is out of order: certificate {place + 1} ({display_name(issuer)}) did "
                f"not issue certificate {place} ({display_name(certificate)}). "
                "Put each issuer directly after the certificate that it issued."
            )


def _check_keys(chained: list[x509.Certificate]) -> Iterator[str]:
    """Check that Go's TLS and OpenSSL accept the keys (NIST SP 800-57, part 3, 2.2)."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    for place, certificate in enumerate(chained, start=1):
        match certificate.public_key():
            case rsa.RSAPublicKey() as key:
                accepted, description = key.key_size >= MIN_RSA_BITS, f"{key.key_size}-bit RSA key"
            case ec.EllipticCurvePublicKey() as key:
                accepted, description = key.curve.name in CURVES, f"key on curve {key.curve.name}"
            case key:
                accepted, description = (
                    isinstance(key, ed25519.Ed25519PublicKey),
                    "key of an unsupported type",
                )
        if not accepted:
            yield (
                f"certificate {place} ({display_name(certificate)}) has a {description}. "
                f"{ALLOWED_KEYS}"
            )
