"""TODO describe."""

from __future__ import annotations

from typing import Any

from components.settings import ADMIN, Flavor, Settings


def oci_registration(settings: Settings) -> dict[str, str]:
    """What Palette's registration of an OCI registry asks for beside that of a pack registry; its API is at the root of the endpoint."""
    if settings.flavor is not Flavor.OCI:
        return {}
    return {"providerType": "pack", "basePath": "", "baseContentPath": settings.base_content_path}


def client_pair_of_registration(settings: Settings) -> dict[str, Any]:
    """What Palette proves itself with to a server that asks for client certificates: the pair with which the registry is verified."""
    tls = settings.tls
    if not tls.client_cas or not settings.shows_own_certificate:
        return {}
    return {
        "clientCertificate": tls.client_certificate_pem or "",
        "clientKey": tls.client_private_key_pem or "",
    }


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
