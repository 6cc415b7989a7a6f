"""TODO describe."""

from __future__ import annotations

import pulumi

from components.settings import ADMIN, Flavor, Settings


def oci_registration(settings: Settings) -> dict[str, str]:
    """What Palette's registration of an OCI registry asks for beside that of a pack registry; its API is at the root of the endpoint."""
    if settings.flavor is not Flavor.OCI:
        return {}
    return {"providerType": "pack", "basePath": "", "baseContentPath": settings.base_content_path}


def client_pair_of_registration(
    settings: Settings, client_certificate: tuple[pulumi.Output[str], pulumi.Output[str]]
) -> dict[str, pulumi.Output[str]]:
    """Return the client certificate and key for a server that requires client certificates."""
    if not settings.tls.client_cas or not settings.shows_own_certificate:
        return {}
    certificate_pem, private_key_pem = client_certificate
    return {"clientCertificate": certificate_pem, "clientKey": private_key_pem}


def cli_login(settings: Settings) -> str:
    """The command by which a person logs in."""
    scheme, _, authority = settings.endpoint.partition("://")
    command, plaintext_secret_warnings = {
        Flavor.PACK: ("spectro registry login", "--insecure"),
        Flavor.OCI: (f"oras login --username {ADMIN}", "--plain-http"),
    }[settings.flavor]
    return " ".join(
        [command, *([plaintext_secret_warnings] if scheme == "http" else []), authority]
    )
