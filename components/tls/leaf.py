"""Checks the certificate that a server or a client presents, apart from its chain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from common.types.network import is_ip
from components.tls.inspection import display_name, subject_alternative_names
from components.tls.path import allows, extension, netscape_type

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

NETSCAPE_SERVER = 0x40


def check_hostname(certificate: x509.Certificate, hostname: str) -> Problems:
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


def check_extended_usage(certificate: x509.Certificate, role: str) -> Problems:
    """Check the extended key usage, if the certificate has any (RFC 5280, 4.2.1.12).

    :param role: `server` or `client`.
    """
    if not allows(certificate, role):
        reason = (
            f"{display_name(certificate)} is not a {role} certificate (extended key usage). "
            f"Set one that is, for example issued with `extendedKeyUsage = {role}Auth`."
        )
        yield Problem("certificatePem", reason)


def check_usage(certificate: x509.Certificate) -> Problems:
    """Check that a server's key may be used for TLS (RFC 5280, 4.2.1.3), as OpenSSL does."""
    from cryptography import x509

    usage = extension(certificate, x509.KeyUsage)
    if usage and not (usage.digital_signature or usage.key_encipherment or usage.key_agreement):
        reason = (
            f"{display_name(certificate)} may not be used for TLS (key usage has no "
            "digitalSignature). Set one issued with `keyUsage = digitalSignature`."
        )
        yield Problem("certificatePem", reason)
    if not _is_netscape_server(certificate):
        reason = (
            f"{display_name(certificate)} is not a server certificate (Netscape certificate type), "
            "so OpenSSL rejects it. Set one issued without `nsCertType`."
        )
        yield Problem("certificatePem", reason)


def _is_netscape_server(certificate: x509.Certificate) -> bool:
    try:
        bits = netscape_type(certificate)
    except ValueError:
        return True  # the check of the path reports it
    return bits is None or bool(bits & NETSCAPE_SERVER)
