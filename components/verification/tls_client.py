"""A registry as a TLS client reaches it: address, trusted certificates, presented certificate."""

from __future__ import annotations

import socket
import ssl
import tempfile
from dataclasses import dataclass

from common.wait import wait_until

CONNECT_SECONDS = 10.0
CERTIFICATE_INTERVAL = 0.2
"""Seconds between two connections to a server that has no certificate yet."""


@dataclass(frozen=True)
class TlsTrust:
    """The certificates with which a registry and its client authenticate each other."""

    ca_pem: str = ""
    """The certificates to trust; empty for the CAs that this machine trusts."""
    client_certificate_pem: str = ""
    """The client certificate; empty if the server requires none."""
    client_private_key_pem: str = ""


@dataclass(frozen=True)
class Endpoint:
    """A registry and how to connect to it."""

    hostname: str
    """The configured name, which the certificate must include."""
    address: str
    """The address to connect to."""
    port: int
    trust: TlsTrust | None
    """None for plain HTTP."""
    forwarded_port: int | None = None
    """Port of the address to connect to, if it is not the port that clients use."""

    @property
    def connect_port(self) -> int:
        """Port to connect to."""
        return self.forwarded_port or self.port


def tls_context(trust: TlsTrust) -> ssl.SSLContext:
    """Return a TLS context that trusts the given certificates and no others.

    An intermediate certificate or the server certificate itself may be the trust anchor.
    """
    context = ssl.create_default_context(cadata=trust.ca_pem or None)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # Python 3.13 sets it, but Go and curl accept CAs without key identifiers.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if trust.client_certificate_pem:
        # OpenSSL reads the pair only from a file. Only its owner can read this one.
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as pair:
            pair.write(f"{trust.client_private_key_pem.strip()}\n{trust.client_certificate_pem}")
            pair.flush()
            context.load_cert_chain(pair.name)
    return context


def presented_certificate(endpoint: Endpoint) -> str:
    """Return the certificate that a server presents, in PEM, without verifying it.

    :raises OSError: if there is no response.
    """
    context = tls_context(endpoint.trust or TlsTrust())
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address = (endpoint.address, endpoint.connect_port)
    with (
        socket.create_connection(address, timeout=CONNECT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=endpoint.hostname) as secured,
    ):
        return ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True) or b"")


def wait_for_certificate(endpoint: Endpoint, timeout: float) -> str:
    """Wait until a server presents a certificate. Returns it in PEM, or "" after the timeout.

    :param timeout: seconds.
    """
    certificate_pem = ""

    def is_presented() -> bool:
        nonlocal certificate_pem
        try:
            certificate_pem = presented_certificate(endpoint)
        except OSError:
            return False
        return True

    wait_until(is_presented, timeout, CERTIFICATE_INTERVAL)
    return certificate_pem
