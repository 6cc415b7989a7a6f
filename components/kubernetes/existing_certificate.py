"""The certificate of tls.mode secret, for example one that cert-manager renews.

The pods mount the Secret. The program reads only the certificates in it: the private key is neither
in the state nor in the program's memory for longer than the request. A renewed certificate reaches
the servers at the next update, because they read it once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pulumi

from common.errors import UserError
from common.types.base import InputStr
from components.kubernetes.cluster import Cluster
from components.kubernetes.plan import KubernetesPlan
from components.tls import inspection, pem
from components.tls.certificate import Certificate
from components.tls.provided import public_certificates
from components.tls.validation import check_certificates

CERTIFICATE_KEY, CA_KEY = "tls.crt", "ca.crt"
"""Keys of the certificates in a Secret of cert-manager."""


def existing_certificate(
    cluster: Cluster,
    plan: KubernetesPlan,
    trust_pem: InputStr | None,
    ready: pulumi.Output[list[pulumi.Resource]],
) -> Certificate:
    """Return the certificate in the Secret that the settings name.

    :param trust_pem: the CA certificate from the settings; that in the Secret by default.
    :param ready: known when the preflight checks passed.
    :raises UserError: during the update, if the Secret has no certificate.
    """

    async def read(_: object) -> dict[str, str]:
        data = await asyncio.to_thread(cluster.secret_data, plan.tls_secret, plan.namespace)
        return _certificates(plan, data)

    found: pulumi.Output[dict[str, str]] = ready.apply(read)
    if trust_pem is None:
        trust = found.apply(lambda certificates: certificates[CA_KEY])
    else:
        trust = public_certificates(trust_pem, "kubernetes.tlsTrustPem")
    chain = found.apply(lambda certificates: certificates[CERTIFICATE_KEY])
    return Certificate(trust, chain, not_after=chain.apply(inspection.not_after))


def _certificates(plan: KubernetesPlan, data: Mapping[str, str] | None) -> dict[str, str]:
    """Return the certificates of a Secret in standard PEM; empty for a missing CA."""
    secret = f"kubernetes.tlsSecret: the Secret {plan.tls_secret} in namespace {plan.namespace}"
    if data is None or not data.get(CERTIFICATE_KEY):
        raise UserError(f"{secret} has no {CERTIFICATE_KEY}. No changes were made.")
    certificates = {}
    for key in (CERTIFICATE_KEY, CA_KEY):
        text = data.get(key, "")
        if reasons := list(check_certificates(text)) if text else []:
            raise UserError("\n".join(f"{secret}, {key}: {reason}" for reason in reasons))
        certificates[key] = pem.with_final_newline(pem.standard_certificates(text)) if text else ""
    return certificates
