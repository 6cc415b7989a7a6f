"""Certificates from the settings: the server's in mode ``provided``, a CA's, the client's.

Settings that are strings are checked together with all other settings. Settings that are outputs
are checked here, when the update resolves them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pulumi

from common.errors import UserError
from common.types.base import InputStr
from components.settings import Tls
from components.tls import inspection, pem
from components.tls.certificate import Certificate
from components.tls.leaf import Problems
from components.tls.validation import (
    check_certificates,
    check_client_certificate,
    check_server_certificate,
)


def provided_certificate(tls: Tls, hostname: str) -> Certificate:
    """Return the certificate from the settings."""
    chain, key = checked_chain_and_key(
        cast("InputStr", tls.certificate_pem),  # the settings require both in this mode
        cast("InputStr", tls.private_key_pem),
        "tls.",
        lambda chain, key: check_server_certificate(chain, key, hostname),
    )
    return Certificate(
        trust_pem=chain.apply(inspection.trust_anchors),
        chain=chain,
        private_key=key,
        not_after=chain.apply(inspection.not_after),
    )


def client_certificate(tls: Tls) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Return the client certificate and key for the verification; empty if none are set."""
    if tls.client_certificate_pem is None or tls.client_private_key_pem is None:
        return pulumi.Output.from_input(""), pulumi.Output.from_input("")
    return checked_chain_and_key(
        tls.client_certificate_pem,
        tls.client_private_key_pem,
        "tls.",
        check_client_certificate,
    )


def checked_chain_and_key(
    certificate_pem: InputStr,
    private_key_pem: InputStr,
    prefix: str,
    check: Callable[[str, str], Problems],
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Return a chain and its key in standard PEM.

    The outputs fail if the check finds problems.

    :param prefix: the prefix of the settings' names, for error messages.
    """
    key = pulumi.Output.secret(private_key_pem)
    given = pulumi.Output.from_input(certificate_pem)
    is_checked = isinstance(certificate_pem, str) and isinstance(private_key_pem, str)

    def checked(pems: list[str]) -> list[str]:
        problems = () if is_checked else check(pems[0], pems[1])
        if lines := [f"{prefix}{problem.setting}: {problem.reason}" for problem in problems]:
            raise UserError("\n".join(lines))
        return [pem.standard_certificates(pems[0]), pem.standard_key(pems[1])]

    pair = pulumi.Output.all(given, key).apply(checked)
    # The key makes the chain secret, although the chain is public.
    return pulumi.Output.unsecret(pair.apply(lambda pems: pems[0])), pair.apply(
        lambda pems: pems[1]
    )


def public_certificates(certificates_pem: InputStr, setting: str) -> pulumi.Output[str]:
    """Return the certificates of a setting in standard PEM.

    :param setting: the name of the setting, for error messages.
    """

    def only_certificates(text: str) -> str:
        if lines := [f"{setting}: {reason}" for reason in check_certificates(text)]:
            raise UserError("\n".join(lines))
        return pem.with_final_newline(pem.standard_certificates(text))

    return pulumi.Output.from_input(certificates_pem).apply(only_certificates)
