"""Mode ``self-signed``: a generated certificate that clients trust directly."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_tls

from components.settings import Tls
from components.tls.certificate import Certificate
from components.tls.generated import identity, in_utc, issuance, private_key


def self_signed_certificate(
    name: str,
    tls: Tls,
    hostname: str,
    ip_addresses: Sequence[str],
    opts: pulumi.ResourceOptions,
) -> Certificate:
    """Declare a key and a self-signed certificate, which Pulumi keeps in state."""
    key = private_key(f"{name}-key", tls.algorithm, opts)
    signed = pulumi_tls.SelfSignedCert(
        f"{name}-certificate",
        private_key_pem=key.private_key_pem,
        opts=opts,
        **identity(tls, hostname, ip_addresses),
        **issuance(tls),
    )
    return Certificate(
        trust_pem=signed.cert_pem,
        chain=signed.cert_pem,
        private_key=key.private_key_pem,
        not_after=signed.validity_end_time.apply(in_utc),
    )
