"""What clients of a registry need, from the outputs of its stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.verification.tls_client import TlsTrust


def trust_of(outputs: Mapping[str, Any]) -> TlsTrust:
    """Return how clients verify the server, and what they present."""
    registration = outputs.get("consoleRegistration") or {}
    return TlsTrust(
        str(outputs.get("caCertificate") or ""),
        str(registration.get("clientCertificate") or ""),
        str(registration.get("clientKey") or ""),
    )


def passwords_of(outputs: Mapping[str, Any]) -> dict[str, str]:
    """Return passwords by user, for users whose settings have no hash."""
    users = outputs.get("users") or {}
    return {str(user): str(password) for user, password in users.items() if password}
