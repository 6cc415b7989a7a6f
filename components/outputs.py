"""Outputs that combine settings: registration in Palette, and the command to log in."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import urlsplit

import pulumi

from common.stacks import ca_file
from components.settings import ADMIN, Flavor, Settings, Tls, TlsMode
from components.tls.provided import client_certificate


def console_registration(
    settings: Settings, password: pulumi.Input[str], ca_certificate: pulumi.Input[str]
) -> pulumi.Output[dict[str, Any]]:
    """Return the fields that Palette's console asks for; secret.

    :param password: the admin's password.
    """
    shows_own_certificate = settings.shows_own_certificate
    registration = {
        "name": settings.container_name,
        "endpoint": settings.endpoint,
        "username": ADMIN,
        "password": password,
        "caCertificate": ca_certificate if shows_own_certificate else "",
        # Only the person who registers the registry may skip the verification.
        "insecureSkipVerify": False,
        **(_client_certificate(settings.tls) if shows_own_certificate else {}),
    }
    if settings.flavor is Flavor.OCI:
        registration |= {
            "providerType": "pack",
            "basePath": "",  # the API is at the endpoint's root
            "baseContentPath": settings.pack_path,
        }
    return pulumi.Output.secret(registration)


def _client_certificate(tls: Tls) -> dict[str, Any]:
    """Return Palette's client certificate if the server requires one: that of the verification."""
    if not tls.client_cas:
        return {}
    certificate_pem, private_key_pem = client_certificate(tls)
    return {"clientCertificate": certificate_pem, "clientKey": private_key_pem}


def login_command(settings: Settings, ca_certificate: pulumi.Output[str]) -> pulumi.Output[str]:
    """Return the command with which a person logs in.

    The command of oras needs the file that ``make registration`` writes.

    :param ca_certificate: the exported CA certificate. Only the certificate of mode secret decides
        during the update whether clients need it.
    """
    if settings.tls.mode is TlsMode.SECRET:
        return ca_certificate.apply(lambda pem: _login_command(settings, needs_file=bool(pem)))
    needs_file = not _has_public_certificate(settings.tls)
    return pulumi.Output.from_input(_login_command(settings, needs_file=needs_file))


def _login_command(settings: Settings, *, needs_file: bool) -> str:
    parts = urlsplit(settings.endpoint)
    is_https = parts.scheme == "https"
    if settings.flavor is Flavor.PACK:
        options = [] if is_https else ["--insecure"]
        return " ".join(["spectro registry login", *options, parts.netloc])
    options = [] if is_https else ["--plain-http"]
    if is_https and parts.hostname == "localhost":
        options.append("--plain-http=false")  # by default, oras uses plain HTTP for localhost
    if is_https and settings.shows_own_certificate and needs_file:
        options += ["--ca-file", shlex.quote(ca_file(pulumi.get_stack()))]
    return " ".join([f"oras login --username {ADMIN}", *options, parts.netloc])


def _has_public_certificate(tls: Tls) -> bool:
    """Check whether clients trust the certificate without a file."""
    return tls.mode is TlsMode.LETS_ENCRYPT and tls.letsencrypt.trust_pem is None
