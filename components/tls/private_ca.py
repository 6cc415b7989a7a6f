"""Mode ``private-ca``: a certificate that a private CA issues.

Clients trust the CA. Renewing the server certificate does not affect them.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_tls

from common.errors import UserError
from components.settings import Tls
from components.tls import blocks, inspection, pem
from components.tls.certificate import Certificate
from components.tls.generated import hosts, identity, in_utc, issuance, private_key
from components.tls.name_constraints import Names
from components.tls.provided import checked_chain_and_key
from components.tls.validation import check_ca_certificate


def ca_issued_certificate(
    name: str,
    tls: Tls,
    hostname: str,
    ip_addresses: Sequence[str],
    ca_name: str,
    opts: pulumi.ResourceOptions,
) -> Certificate:
    """Declare a key and a certificate that the CA issues, and the CA if none is provided.

    :param ca_name: the name of a generated CA, without the suffix "CA".
    """
    names = Names.of_hosts(hosts(tls, hostname, ip_addresses), tls.subject.email)
    ca_pem, ca_key = _certificate_authority(name, tls, ca_name, names, opts)
    key = private_key(f"{name}-key", tls.algorithm, opts)
    request = pulumi_tls.CertRequest(
        f"{name}-request",
        private_key_pem=key.private_key_pem,
        opts=opts,
        **identity(tls, hostname, ip_addresses),
    )
    signed = pulumi_tls.LocallySignedCert(
        f"{name}-certificate",
        cert_request_pem=request.cert_request_pem,
        ca_cert_pem=ca_pem.apply(lambda chain: blocks.certificate_blocks(chain)[0]),
        ca_private_key_pem=ca_key,
        opts=opts,
        **issuance(tls),
    )
    chain = pulumi.Output.all(signed.cert_pem, ca_pem).apply(
        lambda pems: _check_ca_validity(*pems) + inspection.issued_certificates(pems[1])
    )
    return Certificate(
        trust_pem=ca_pem,
        chain=chain,
        private_key=key.private_key_pem,
        not_after=signed.validity_end_time.apply(in_utc),
    )


def _certificate_authority(
    name: str, tls: Tls, ca_name: str, names: Names, opts: pulumi.ResourceOptions
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Return the certificate and the key of the CA: provided, or generated and kept in state."""
    ca = tls.ca
    if ca.certificate_pem is not None and ca.private_key_pem is not None:
        chain, provided_key = checked_chain_and_key(
            ca.certificate_pem,
            ca.private_key_pem,
            "tls.ca.",
            lambda chain, key: check_ca_certificate(chain, key, names),
        )
        return chain.apply(pem.with_final_newline), provided_key
    # Clients trust the CA. A later change to the settings of issued certificates must not
    # replace it.
    key = private_key(
        f"{name}-ca-key",
        tls.algorithm,
        _ignore_changes(opts, "algorithm", "rsaBits", "ecdsaCurve"),
    )
    certificate = pulumi_tls.SelfSignedCert(
        f"{name}-ca",
        private_key_pem=key.private_key_pem,
        subject=pulumi_tls.SelfSignedCertSubjectArgs(
            common_name=_common_name(ca_name),
            organization=tls.subject.organization or None,
        ),
        is_ca_certificate=True,
        validity_period_hours=ca.validity_days * 24,
        early_renewal_hours=0,
        allowed_uses=["cert_signing", "crl_signing", "digital_signature"],
        set_subject_key_id=True,
        opts=_ignore_changes(opts, "subject"),
    )
    return certificate.cert_pem, key.private_key_pem


def _check_ca_validity(certificate_pem: str, ca_pem: str) -> str:
    """Return a certificate that expires before its CA does.

    Clients reject a certificate when its CA expires. The remaining validity of the CA is known only
    when the certificate has been issued.

    :raises UserError: if the CA expires first.
    """
    end, ca_end = inspection.not_after(certificate_pem), inspection.not_after(ca_pem)
    if end > ca_end:
        raise UserError(
            f"tls.validityDays: the certificate would expire on {end[:10]}, but its CA expires on "
            f"{ca_end[:10]}. Set fewer days, for example 90, or renew the CA. To renew a generated "
            "CA, change tls.ca.validityDays; clients must then trust the new caCertificate."
        )
    return certificate_pem


def _common_name(ca_name: str) -> str:
    """Return the common name of a generated CA, with a long name truncated."""
    suffix = " CA"
    return ca_name[: inspection.COMMON_NAME_LIMIT - len(suffix)] + suffix


def _ignore_changes(opts: pulumi.ResourceOptions, *inputs: str) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=list(inputs)))
