"""Checks certificates, chains and keys from the settings.

Each reason completes a message that starts with the name of the setting and a colon.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from components.tls.blocks import CERTIFICATE_BLOCKS
from components.tls.encoding import unparsable_parts
from components.tls.inspection import (
    ALLOWED_KEYS,
    CURVES,
    MIN_RSA_BITS,
    display_name,
    encoded_key,
    is_issued_by,
    read_certificates,
    read_private_key,
)
from components.tls.leaf import (
    Problem,
    Problems,
    check_extended_usage,
    check_hostname,
    check_usage,
)
from components.tls.name_constraints import Names
from components.tls.path import (
    check_names,
    check_path,
    has_accepted_signature,
    is_self_issued,
)

if TYPE_CHECKING:
    from cryptography import x509


GO_MIN_RSA_BITS = 1024
"""Go refuses shorter keys even of CAs. OpenSSL does not verify what only the server trusts."""

MAX_CHAIN_BYTES = 100_000
"""OpenSSL accepts 100 KiB, and Go 256 KiB."""
MAX_CHAIN_LENGTH = 100
"""OpenSSL follows 100 issuers. Go verifies 100 signatures."""

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
    yield from check_extended_usage(chained[0], "server")
    yield from check_usage(chained[0])
    yield from check_hostname(chained[0], hostname)
    yield from _check_chain(chained, now)
    yield from _check_path(chained, "server")


def check_client_certificate(
    chain: str, private_key: str, now: datetime.datetime | None = None
) -> Problems:
    """Find out why a client can't use a certificate and its key.

    The parameters are those of :func:`check_server_certificate`.
    """
    chained, problems = _read_chain_and_key(chain, private_key)
    usage = check_extended_usage(chained[0], "client") if chained else ()
    for problem in (*problems, *usage, *_check_chain(chained, now)):
        yield problem._replace(setting=_CLIENT_SETTINGS[problem.setting])


def check_client_path(chain: str, ca_pem: str) -> Iterator[str]:
    """Find out why a server rejects a client certificate that one of its CAs issued.

    :param chain: PEM certificates that passed :func:`check_client_certificate`.
    :param ca_pem: PEM certificates that the server trusts.
    """
    chained, trusted = read_certificates(chain), read_certificates(ca_pem)
    if chained[0] in trusted:
        yield from _path_problems(chained[:1], "client")
        return
    attempts = [
        [*_path_problems(path, "client")]
        for length, certificate in enumerate(chained, start=1)
        for ca in trusted
        if is_issued_by(certificate, ca)
        for path in [[*chained[:length], *([] if ca == certificate else [ca])]]
    ]
    # A server needs one valid path, so the best attempt counts.
    yield from min(attempts, key=len, default=[])


def check_ca_certificate(
    chain: str, private_key: str, names: Names, now: datetime.datetime | None = None
) -> Problems:
    """Find out why a CA can't issue a server certificate that clients accept.

    The other parameters are those of :func:`check_server_certificate`.

    :param names: the names that the server certificate will have.
    """
    chained, problems = _read_chain_and_key(chain, private_key)
    yield from problems
    if not chained:
        return
    yield from _check_chain(chained, now)
    yield from _check_path(chained, "server", below=1)
    for index, reason in check_names(chained, names):
        text = f"{_which(chained, index)} {reason}{_or_leave_out(chained, index)}"
        yield Problem("certificatePem", text, involves_hostname=True)


def check_certificates(text: str, now: datetime.datetime | None = None) -> Iterator[str]:
    """Find out why certificates can't be trusted or made public. Yields a reason for each."""
    try:
        trusted = read_certificates(text)
    except ValueError as error:
        yield str(error)
        return
    yield from _check_validity(trusted, now or datetime.datetime.now(datetime.UTC))
    yield from _check_encoding(trusted)
    yield from _check_keys(trusted, GO_MIN_RSA_BITS)


def _read_chain_and_key(
    chain: str, private_key: str
) -> tuple[list[x509.Certificate], list[Problem]]:
    """Read a chain and its key. If the chain is unreadable, the list of certificates is empty."""
    problems: list[Problem] = []
    public_key = None
    try:
        public_key = encoded_key(read_private_key(private_key).public_key())
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


def _check_chain(chained: list[x509.Certificate], now: datetime.datetime | None) -> Problems:
    """Check validity, order, encoding and keys of a chain."""
    for reason in (
        *_check_validity(chained, now or datetime.datetime.now(datetime.UTC)),
        *_check_size(chained),
        *_check_order(chained),
        *_check_encoding(chained),
        *_check_keys(chained),
    ):
        yield Problem("certificatePem", reason)


def _check_path(chained: list[x509.Certificate], role: str, below: int = 0) -> Problems:
    """Check that clients accept a chain that is in order.

    :param below: the number of certificates that the first one will issue directly.
    """
    if not list(_check_order(chained)):
        for reason in _path_problems(chained, role, below):
            yield Problem("certificatePem", reason)


def _path_problems(path: Sequence[x509.Certificate], role: str, below: int = 0) -> Iterator[str]:
    """Find out why clients reject a path. See :func:`components.tls.path.check_path`."""
    found = [*check_path(path, role, below), *(() if below else check_names(path))]
    for index, reason in found:
        # The last certificate of a client's path is one that the server trusts.
        advice = _or_leave_out(path, index) if role == "server" else ""
        yield f"{_which(path, index)} {reason}{advice}"


def _which(chained: Sequence[x509.Certificate], index: int) -> str:
    """Return how messages call a certificate of a chain."""
    return f"certificate {index + 1} ({display_name(chained[index])})"


def _or_leave_out(chained: Sequence[x509.Certificate], index: int) -> str:
    """Return the advice to shorten a chain, if its last certificate is the problem.

    The rest must contain an issuer for clients to trust. A cross-signed certificate is not needed
    by clients that trust the CA itself.
    """
    is_last = 0 < index == len(chained) - 1
    if is_last and (index > 1 or not is_self_issued(chained[index])):
        return " Or leave the last one out of the chain."
    return ""


def _check_validity(chained: list[x509.Certificate], now: datetime.datetime) -> Iterator[str]:
    for index, certificate in enumerate(chained):
        which = _which(chained, index)
        if certificate.not_valid_after_utc < now:
            yield (
                f"{which} expired on {certificate.not_valid_after_utc:%Y-%m-%d}. Renew it."
                f"{_or_leave_out(chained, index)}"
            )
        if certificate.not_valid_before_utc > now:
            yield (
                f"{which} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}. "
                "Set a certificate that is valid now, or correct the clock of this machine."
                f"{_or_leave_out(chained, index)}"
            )


def _check_size(chained: list[x509.Certificate]) -> Iterator[str]:
    from cryptography.hazmat.primitives.serialization import Encoding

    size = sum(len(certificate.public_bytes(Encoding.DER)) for certificate in chained)
    if size > MAX_CHAIN_BYTES:
        yield (
            f"the chain has {size} bytes, but clients accept {MAX_CHAIN_BYTES} at most. "
            "Use certificates with fewer names."
        )
    if len(chained) > MAX_CHAIN_LENGTH:
        yield (
            f"the chain has {len(chained)} certificates, but clients accept {MAX_CHAIN_LENGTH} at "
            "most. Leave out those that the server certificate does not need."
        )


def _check_order(chained: list[x509.Certificate]) -> Iterator[str]:
    for index, (certificate, issuer) in enumerate(pairwise(chained)):
        if not has_accepted_signature(certificate) and certificate.issuer == issuer.subject:
            continue  # reported as such: the library can't verify some of them
        if not is_issued_by(certificate, issuer):
            yield (
                f"the chain is out of order: {_which(chained, index + 1)} did not issue "
                f"{_which(chained, index)}. "
                "Put each issuer directly after the certificate that it issued."
            )


def _check_encoding(chained: list[x509.Certificate]) -> Iterator[str]:
    """Check that Go parses the certificates."""
    for index, certificate in enumerate(chained):
        for reason in unparsable_parts(certificate):
            yield f"{_which(chained, index)} {reason}{_or_leave_out(chained, index)}"


def _check_keys(chained: list[x509.Certificate], min_rsa_bits: int = MIN_RSA_BITS) -> Iterator[str]:
    """Check that Go's TLS and OpenSSL accept the keys (NIST SP 800-57, part 3, 2.2)."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    for index, certificate in enumerate(chained):
        match certificate.public_key():
            case rsa.RSAPublicKey() as key:
                accepted, description = key.key_size >= min_rsa_bits, f"{key.key_size}-bit RSA key"
            case ec.EllipticCurvePublicKey() as key:
                accepted, description = key.curve.name in CURVES, f"key on curve {key.curve.name}"
            case key:
                accepted, description = (
                    isinstance(key, ed25519.Ed25519PublicKey),
                    "key of an unsupported type",
                )
        if not accepted:
            yield f"{_which(chained, index)} has a {description}. {ALLOWED_KEYS}"
