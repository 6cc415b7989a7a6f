"""The server's certificate: self-signed, issued by a private authority, provided as PEM, or got by the server itself.

Left out on purpose: whether a provided one fits (``components/pem.py``) and how the server gets its files (``components/config_volume.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_tls as tls

from common.errors import UserError
from common.types.base import InputStr
from common.types.network import is_ip
from components.settings import KeyAlgorithm, Settings, TlsMode
from components.tls import pem

RENEWAL_DAYS = 30
"""Days before its end in which an update renews a generated certificate (a third of its validity where that is less), unless set."""


@dataclass(frozen=True)
class Certificate:
    """What the server presents and what its clients trust."""

    trust_pem: pulumi.Output[str]
    """What a client has to trust; empty where it is what everybody trusts."""
    pair: tuple[pulumi.Output[str], pulumi.Output[str]] | None = None
    """The server's certificate with its issuers where there are any, and its key, secret; none where the server gets them by itself."""
    not_after: pulumi.Output[str] | None = None
    """End of the validity, RFC 3339, where it can be told from here."""

    @property
    def fingerprint(self) -> pulumi.Output[str] | None:
        """SHA-256 of the certificate's DER form, in lower-case hex, where it can be told from here."""
        return self.pair[0].apply(pem.fingerprint) if self.pair else None


def certificate(name: str, settings: Settings, child: pulumi.ResourceOptions) -> Certificate | None:
    """Declare the certificate of a registry; none in HTTP mode.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    :raises components.errors.UserError: while the update runs, where a provided certificate that is an output does not fit.
    """
    given = settings.tls
    match given.mode:
        case TlsMode.OFF:
            return None
        case TlsMode.LETS_ENCRYPT:
            trust_pem = given.letsencrypt.trust_pem
            nothing = pulumi.Output.from_input("")
            return Certificate(
                trust_pem=nothing
                if trust_pem is None
                else public_certificates(trust_pem, "tls.letsencrypt.trustPem")
            )
        case TlsMode.PRIVATE_CA:
            return issue_from_ca(name, settings, child)
    if given.certificate_pem is not None and given.private_key_pem is not None:
        return _provided(given.certificate_pem, given.private_key_pem, settings.hostname)
    return _self_signed(name, settings, child)


def _provided(certificate_pem: InputStr, private_key_pem: InputStr, hostname: str) -> Certificate:
    """Take PEM texts as they are."""
    chain, key = _fitting(
        certificate_pem,
        private_key_pem,
        "tls.",
        lambda chain, key: pem.check_server_certificate(chain, key, hostname),
    )
    return Certificate(
        trust_pem=chain.apply(pem.trust_anchors),
        pair=(chain, key),
        not_after=chain.apply(pem.not_after),
    )


def _fitting(
    certificate_pem: InputStr,
    private_key_pem: InputStr,
    group: str,
    faults: Callable[[str, str], pem.Problems],
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """A chain and its key once they are known to fit; those known from the start were checked with the other settings.

    :param group: what the settings' names begin with.
    :param faults: what is wrong with them.
    """
    chain, key = pulumi.Output.from_input(certificate_pem), pulumi.Output.secret(private_key_pem)

    def fitting(texts: list[str]) -> str:
        if told := [
            f"{group}{setting}: {reason}" for setting, reason in faults(texts[0], texts[1])
        ]:
            raise UserError("\n".join(told))
        return texts[0]

    if not (isinstance(certificate_pem, str) and isinstance(private_key_pem, str)):
        chain = pulumi.Output.unsecret(pulumi.Output.all(chain, key).apply(fitting))
    return chain, key


def client_certificate(settings: Settings) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """The client certificate and its key with which the registry is verified, once they are known to fit; empty where there are none."""
    given = settings.tls
    if given.client_certificate_pem is None or given.client_private_key_pem is None:
        return pulumi.Output.from_input(""), pulumi.Output.from_input("")
    return _fitting(
        given.client_certificate_pem,
        given.client_private_key_pem,
        "tls.",
        pem.check_client_certificate,
    )


def public_certificates(certificates_pem: InputStr, setting: str) -> pulumi.Output[str]:
    """Certificates that everybody may read, without what stands around them; one that is an output is looked at when it is known.

    :param setting: where they were written, for the sentence.
    """

    def certificates_alone(text: str) -> str:
        if told := [f"{setting}: {reason}" for reason in pem.check_certificates(text)]:
            raise UserError("\n".join(told))
        return "".join(pem.certificates(text))

    return pulumi.Output.from_input(certificates_pem).apply(certificates_alone)


def _self_signed(name: str, settings: Settings, child: pulumi.ResourceOptions) -> Certificate:
    """Generate a key and a certificate that is its own trust anchor; both are kept in state and stay until a setting of theirs changes."""
    key = private_key(f"{name}-key", settings.tls.algorithm, child)
    signed = tls.SelfSignedCert(
        f"{name}-certificate",
        private_key_pem=key.private_key_pem,
        subject=_subject(settings),
        dns_names=_dns_names(settings),
        ip_addresses=_ip_addresses(settings),
        validity_period_hours=settings.tls.validity_days * 24,
        early_renewal_hours=_early_renewal_hours(settings),
        allowed_uses=_server_uses(settings),
        set_subject_key_id=True,
        opts=child,
    )
    return Certificate(
        trust_pem=signed.cert_pem,
        pair=(signed.cert_pem, key.private_key_pem),
        not_after=signed.validity_end_time.apply(_whole_seconds),
    )


def issue_from_ca(name: str, settings: Settings, child: pulumi.ResourceOptions) -> Certificate:
    """A certificate of a private authority, which is generated where none is given. Clients trust the authority, so a renewal is nothing to them."""
    authority_pem, authority_key = _authority(name, settings, child)
    key = private_key(f"{name}-key", settings.tls.algorithm, child)
    request = tls.CertRequest(
        f"{name}-request",
        private_key_pem=key.private_key_pem,
        subject=_subject(settings),
        dns_names=_dns_names(settings),
        ip_addresses=_ip_addresses(settings),
        opts=child,
    )
    signed = tls.LocallySignedCert(
        f"{name}-certificate",
        cert_request_pem=request.cert_request_pem,
        ca_cert_pem=authority_pem.apply(lambda chain: pem.certificates(chain)[0]),
        ca_private_key_pem=authority_key,
        validity_period_hours=settings.tls.validity_days * 24,
        early_renewal_hours=_early_renewal_hours(settings),
        allowed_uses=_server_uses(settings),
        set_subject_key_id=True,
        opts=child,
    )
    chain = pulumi.Output.all(signed.cert_pem, authority_pem).apply(
        lambda pems: _check_ca_validity(*pems) + pem.issued_certificates(pems[1])
    )
    return Certificate(
        trust_pem=authority_pem,
        pair=(chain, key.private_key_pem),
        not_after=signed.validity_end_time.apply(_whole_seconds),
    )


def _check_ca_validity(certificate_pem: str, authority_pem: str) -> str:
    """A certificate whose authority is valid as long as it is: clients would refuse it from the authority's end on, whatever its own says.

    It is looked at when it has been issued, for only then it is known how long the authority still has.
    """
    end, authority_end = pem.not_after(certificate_pem), pem.not_after(authority_pem)
    if end > authority_end:
        raise UserError(
            f"tls.validityDays: the certificate would be valid until {end[:10]}, but its authority only until {authority_end[:10]}; set it to "
            "fewer days, for example 90, or have the authority renewed (a generated one by another tls.ca.validityDays: clients then need the new "
            "caCertificate)"
        )
    return certificate_pem


def _authority(
    name: str, settings: Settings, child: pulumi.ResourceOptions
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """The authority's certificate and key: the given ones, or generated ones that are kept in state."""
    given = settings.tls.ca
    if given.certificate_pem is not None and given.private_key_pem is not None:
        chain, own_key = _fitting(
            given.certificate_pem, given.private_key_pem, "tls.ca.", pem.check_ca_certificate
        )
        return chain.apply(lambda text: "".join(pem.certificates(text))), own_key
    # Clients trust it: what it was first made with stays, however the settings of the certificates that it issues change.
    key = private_key(
        f"{name}-ca-key",
        settings.tls.algorithm,
        _unchanged(child, "algorithm", "rsaBits", "ecdsaCurve"),
    )
    authority = tls.SelfSignedCert(
        f"{name}-ca",
        private_key_pem=key.private_key_pem,
        subject=tls.SelfSignedCertSubjectArgs(
            common_name=_authority_name(settings),
            organization=settings.tls.subject.organization or None,
        ),
        is_ca_certificate=True,
        validity_period_hours=given.validity_days * 24,
        early_renewal_hours=0,
        allowed_uses=["cert_signing", "crl_signing", "digital_signature"],
        set_subject_key_id=True,
        opts=_unchanged(child, "subject"),
    )
    return authority.cert_pem, key.private_key_pem


def _authority_name(settings: Settings) -> str:
    """The common name of a generated authority, cut where a container's name is longer than it may be."""
    end = " CA"
    return settings.container_name[: pem.COMMON_NAME_LIMIT - len(end)] + end


def _unchanged(child: pulumi.ResourceOptions, *inputs: str) -> pulumi.ResourceOptions:
    """The options of a child whose inputs stay as they were when it was made."""
    return pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(ignore_changes=list(inputs)))


def private_key(
    name: str, algorithm: KeyAlgorithm, child: pulumi.ResourceOptions
) -> tls.PrivateKey:
    """Declare a private key that is kept in state."""
    if algorithm is KeyAlgorithm.RSA_4096:
        return tls.PrivateKey(name, algorithm="RSA", rsa_bits=4096, opts=child)
    return tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=child)


def _subject(settings: Settings) -> Any:
    """The distinguished name, as certificates and requests take it."""
    given = settings.tls.subject
    parts = {
        "common_name": settings.hostname,
        "country": given.country,
        "province": given.state,
        "locality": given.locality,
        "organization": given.organization,
        "organizational_unit": given.organizational_unit,
        "email_address": given.email,
    }
    return {name: value for name, value in parts.items() if value}


def _names(settings: Settings) -> list[str]:
    """The subject alternative names."""
    return list(dict.fromkeys([settings.hostname, *settings.tls.sans, *settings.ip_addresses]))


def _dns_names(settings: Settings) -> list[str]:
    return [host for host in _names(settings) if not is_ip(host)]


def _ip_addresses(settings: Settings) -> list[str]:
    return [host for host in _names(settings) if is_ip(host)]


def _early_renewal_hours(settings: Settings) -> int:
    given = settings.tls.early_renewal_hours
    return min(RENEWAL_DAYS, settings.tls.validity_days // 3) * 24 if given is None else given


def _server_uses(settings: Settings) -> list[str]:
    # key_encipherment is for RSA key transport; an ECDSA key can't do it (RFC 5480, 3).
    rsa = settings.tls.algorithm is KeyAlgorithm.RSA_4096
    return ["digital_signature", *(["key_encipherment"] if rsa else []), "server_auth"]


def _whole_seconds(moment: str) -> str:
    """An RFC 3339 time without the fraction that the provider adds: a certificate counts whole seconds."""
    return re.sub(r"\.\d+", "", moment)
