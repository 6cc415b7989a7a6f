"""The server's certificate: self-signed, or provided as PEM.

Left out on purpose: whether a provided one fits (``components/pem.py``) and how the server gets its files (``components/config_volume.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi
import pulumi_tls as tls

from components import pem, syntax
from components.errors import ToldError
from components.model import Content, KeyAlgorithm, Settings, TlsMode

RENEWAL_DAYS = 30
"""Days before its end in which an update renews a self-signed certificate (a third of its validity where that is less)."""


@dataclass(frozen=True)
class Certificate:
    """What the server presents and what its clients trust."""

    chain_pem: pulumi.Output[str]
    """The server's certificate, and its issuers where there are any."""
    private_key_pem: pulumi.Output[str]
    """The key of the first certificate; secret."""
    trust_pem: pulumi.Output[str]
    """What a client has to trust."""
    not_after: pulumi.Output[str]
    """End of the validity, RFC 3339."""

    @property
    def fingerprint(self) -> pulumi.Output[str]:
        """SHA-256 of the certificate's DER form, in lower-case hex."""
        return self.chain_pem.apply(pem.fingerprint)


def certificate(name: str, settings: Settings, child: pulumi.ResourceOptions) -> Certificate | None:
    """Declare the certificate of a registry; none in HTTP mode.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    :raises components.errors.ToldError: while the update runs, where a provided certificate that is an output does not fit.
    """
    if settings.tls.mode is TlsMode.OFF:
        return None
    given = settings.tls
    if given.mode is TlsMode.PROVIDED and given.certificate_pem is not None and given.private_key_pem is not None:
        return _provided(given.certificate_pem, given.private_key_pem, settings.hostname)
    return _self_signed(name, settings, child)


def _provided(certificate_pem: Content, private_key_pem: Content, hostname: str) -> Certificate:
    """Take PEM texts as they are; those known from the start were checked with the other settings."""
    chain = pulumi.Output.from_input(certificate_pem)
    key = pulumi.Output.secret(private_key_pem)

    def fitting(texts: list[str]) -> str:
        faults = [f"tls.{setting}: {reason}" for setting, reason in pem.faults(texts[0], texts[1], hostname)]
        if faults:
            raise ToldError("\n".join(faults))
        return texts[0]

    if not (isinstance(certificate_pem, str) and isinstance(private_key_pem, str)):
        chain = pulumi.Output.unsecret(pulumi.Output.all(chain, key).apply(fitting))
    return Certificate(chain_pem=chain, private_key_pem=key, trust_pem=chain.apply(pem.trust_anchors), not_after=chain.apply(pem.not_after))


def _self_signed(name: str, settings: Settings, child: pulumi.ResourceOptions) -> Certificate:
    """Generate a key and a certificate that is its own trust anchor; both are kept in state and stay until a setting of theirs changes."""
    given = settings.tls
    rsa = given.algorithm is KeyAlgorithm.RSA_4096
    key = (
        tls.PrivateKey(f"{name}-key", algorithm="RSA", rsa_bits=4096, opts=child)
        if rsa
        else tls.PrivateKey(f"{name}-key", algorithm="ECDSA", ecdsa_curve="P256", opts=child)
    )
    names = list(dict.fromkeys([settings.hostname, *given.sans, *settings.ip_addresses]))
    signed = tls.SelfSignedCert(
        f"{name}-certificate",
        private_key_pem=key.private_key_pem,
        subject=tls.SelfSignedCertSubjectArgs(
            common_name=settings.hostname,
            country=given.subject.country or None,
            province=given.subject.state or None,
            locality=given.subject.locality or None,
            organization=given.subject.organization or None,
            organizational_unit=given.subject.organizational_unit or None,
            email_address=given.subject.email or None,
        ),
        dns_names=[host for host in names if not syntax.is_ip(host)],
        ip_addresses=[host for host in names if syntax.is_ip(host)],
        validity_period_hours=given.validity_days * 24,
        early_renewal_hours=min(RENEWAL_DAYS, given.validity_days // 3) * 24,
        # key_encipherment is for RSA key transport; an ECDSA key can't do it (RFC 5480, 3).
        allowed_uses=["digital_signature", *(["key_encipherment"] if rsa else []), "server_auth"],
        set_subject_key_id=True,
        opts=child,
    )
    return Certificate(
        chain_pem=signed.cert_pem,
        private_key_pem=key.private_key_pem,
        trust_pem=signed.cert_pem,
        not_after=signed.validity_end_time.apply(_whole_seconds),
    )


def _whole_seconds(moment: str) -> str:
    """An RFC 3339 time without the fraction that the provider adds: a certificate counts whole seconds."""
    return re.sub(r"\.\d+", "", moment)
