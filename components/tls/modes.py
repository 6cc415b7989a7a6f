"""Declares the certificate for each ``tls.mode``."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.settings import LetsEncrypt, Tls, TlsMode
from components.tls.certificate import Certificate
from components.tls.private_ca import ca_issued_certificate
from components.tls.provided import provided_certificate, public_certificates
from components.tls.self_signed import self_signed_certificate


def declare_certificate(
    name: str,
    tls: Tls,
    hostname: str,
    ip_addresses: Sequence[str],
    ca_name: str,
    opts: pulumi.ResourceOptions,
) -> Certificate | None:
    """Declare the certificate of a registry.

    :param name: the name of the component, which prefixes the names of its children.
    :param ip_addresses: IP addresses that a generated certificate includes.
    :param ca_name: the name of a generated CA, without the suffix "CA".
    :param opts: options of the component's children.
    :returns: None in HTTP mode.
    :raises ValueError: in mode secret, whose certificate the target reads.
    :raises common.errors.UserError: during the update, if a certificate that is an output is
        invalid.
    """
    match tls.mode:
        case TlsMode.OFF:
            return None
        case TlsMode.SELF_SIGNED:
            return self_signed_certificate(name, tls, hostname, ip_addresses, opts)
        case TlsMode.PRIVATE_CA:
            return ca_issued_certificate(name, tls, hostname, ip_addresses, ca_name, opts)
        case TlsMode.PROVIDED:
            return provided_certificate(tls, hostname)
        case TlsMode.LETS_ENCRYPT:
            return _acme_certificate(tls.letsencrypt)
        case TlsMode.SECRET:
            raise ValueError("the target reads the certificate of mode secret")


def _acme_certificate(letsencrypt: LetsEncrypt) -> Certificate:
    """Return what is known of a certificate that the server obtains itself."""
    if letsencrypt.trust_pem is None:
        return Certificate(trust_pem=pulumi.Output.from_input(""))
    return Certificate(public_certificates(letsencrypt.trust_pem, "tls.letsencrypt.trustPem"))
