"""What self-signed certificates and certificates from a private CA have in common."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_tls

from common.types.network import is_ip
from components.settings import KeyAlgorithm, Tls

RENEWAL_DAYS = 30
"""Default number of days before the end of its validity when an update renews a certificate.
A certificate that is valid for less than three times as long is renewed in its last third."""


def private_key(
    name: str, algorithm: KeyAlgorithm, opts: pulumi.ResourceOptions
) -> pulumi_tls.PrivateKey:
    """Declare a private key, which Pulumi keeps in state."""
    if algorithm is KeyAlgorithm.RSA_4096:
        return pulumi_tls.PrivateKey(name, algorithm="RSA", rsa_bits=4096, opts=opts)
    return pulumi_tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=opts)


def identity(tls: Tls, hostname: str, ip_addresses: Sequence[str]) -> dict[str, Any]:
    """Return the subject and the subject alternative names, as certificate resources take them."""
    subject = {
        "common_name": hostname,
        "country": tls.subject.country,
        "province": tls.subject.state,
        "locality": tls.subject.locality,
        "organization": tls.subject.organization,
        "organizational_unit": tls.subject.organizational_unit,
        "email_address": tls.subject.email,
    }
    names = hosts(tls, hostname, ip_addresses)
    return {
        "subject": {part: value for part, value in subject.items() if value},
        "dns_names": [host for host in names if not is_ip(host)],
        "ip_addresses": [host for host in names if is_ip(host)],
    }


def hosts(tls: Tls, hostname: str, ip_addresses: Sequence[str]) -> list[str]:
    """Return the subject alternative names of a generated certificate."""
    return list(dict.fromkeys([hostname, *tls.sans, *ip_addresses]))


def renewal_hours(tls: Tls) -> int:
    """Return how many hours before its end an update renews a generated certificate."""
    if tls.early_renewal_hours is not None:
        return tls.early_renewal_hours
    return min(RENEWAL_DAYS, tls.validity_days // 3) * 24


def issuance(tls: Tls) -> dict[str, Any]:
    """Return validity, renewal and usage, as certificate resources take them."""
    # key_encipherment is for RSA key transport. ECDSA keys can't encipher (RFC 5480, 3).
    encipherment = ["key_encipherment"] if tls.algorithm is KeyAlgorithm.RSA_4096 else []
    return {
        "validity_period_hours": tls.validity_days * 24,
        "early_renewal_hours": renewal_hours(tls),
        "allowed_uses": ["digital_signature", *encipherment, "server_auth"],
        "set_subject_key_id": True,
    }


def in_utc(timestamp: str) -> str:
    """Return an RFC 3339 time in UTC and whole seconds, as X.509 has it.

    The provider writes it in the time zone of the machine that ran the update, with a fraction.
    """
    time = datetime.datetime.fromisoformat(timestamp).astimezone(datetime.UTC)
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
