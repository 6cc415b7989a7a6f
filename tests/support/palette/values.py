"""Outputs of a registry's stack."""

from __future__ import annotations

from typing import Any

CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
PACK_OUTPUT: dict[str, Any] = {
    "name": "packs",
    "endpoint": "https://registry.example.com",
    "username": "admin",
    "password": "a password to be kept secret",
    "caCertificate": CA,
    "insecureSkipVerify": False,
}
"""The output `consoleRegistration` of a pack registry."""
OCI_FIELDS: dict[str, Any] = {
    "providerType": "pack",
    "basePath": "",
    "baseContentPath": "packs",
}
"""Additional fields of an OCI registry."""
CLIENT_CERTIFICATE_FIELDS: dict[str, Any] = {
    "clientCertificate": "PEM of a client",
    "clientKey": "a key to be kept secret",
}
"""Additional fields of a registry that requires client certificates."""
EMPTY_FIELDS: dict[str, Any] = dict.fromkeys([*OCI_FIELDS, *CLIENT_CERTIFICATE_FIELDS], "")
"""Additional fields of other registries."""
