"""Properties of the resource: their names, what a change of each means, and Palette's values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palette.client.api import FoundRegistration, Registration

REPLACE_ON_CHANGES = ("name", "paletteHost", "providerType")
"""Inputs that identify the registration. A change replaces it. Palette cannot change names."""
UPDATABLE = (
    *("endpoint", "username", "password", "caCertificate", "insecureSkipVerify"),
    *("basePath", "baseContentPath", "clientCertificate", "clientKey", "fixedSpec"),
)
"""Inputs that change in place."""
SECRET = ("password", "clientKey")
"""Secret inputs. All of them are updatable."""


def to_registration(props: Mapping[str, Any]) -> Registration:
    """Return the registration that properties describe."""
    return Registration(
        name=str(props["name"]),
        endpoint=str(props["endpoint"]),
        username=str(props["username"]),
        password=str(props["password"]),
        ca_certificate=str(props["caCertificate"]),
        insecure_skip_verify=bool(props["insecureSkipVerify"]),
        provider_type=str(props["providerType"]),
        base_path=str(props["basePath"]),
        base_content_path=str(props["baseContentPath"]),
        client_certificate=str(props["clientCertificate"]),
        client_key=str(props["clientKey"]),
    )


def found_properties(found: FoundRegistration) -> dict[str, Any]:
    """Return the properties that Palette returns."""
    registration = found.registration
    return {
        "name": registration.name,
        "endpoint": registration.endpoint,
        "username": registration.username,
        "caCertificate": registration.ca_certificate,
        "insecureSkipVerify": registration.insecure_skip_verify,
        "basePath": registration.base_path,
        "baseContentPath": registration.base_content_path,
        "clientCertificate": registration.client_certificate,
        "clientKey": registration.client_key,
        "fixedSpec": dict(found.fixed_spec),
    }
