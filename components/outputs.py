"""Outputs that combine settings: registration in Palette, and the command to log in."""

from __future__ import annotations

from typing import Any

import pulumi

from components.settings import ADMIN, Flavor, Settings, Tls

LOGIN_COMMANDS = {
    Flavor.PACK: ("spectro registry login", "--insecure"),
    Flavor.OCI: (f"oras login --username {ADMIN}", "--plain-http"),
}
"""Command to log in, and its flag for plain HTTP."""


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
            "baseContentPath": settings.base_content_path,
        }
    return pulumi.Output.secret(registration)


def _client_certificate(tls: Tls) -> dict[str, Any]:
    """Return Palette's client certificate if the server requires one: that of the verification."""
    if not tls.client_cas:
        return {}
    return {
        "clientCertificate": tls.client_certificate_pem or "",
        "clientKey": tls.client_private_key_pem or "",
    }


def login_command(endpoint: str, flavor: Flavor) -> str:
    """Return the command with which a person logs in."""
    scheme, _, address = endpoint.partition("://")
    command, plain_http = LOGIN_COMMANDS[flavor]
    return " ".join([command, *([plain_http] if scheme == "http" else []), address])
