"""Rules of Palette that its API document does not contain.

Sources: Palette's documentation, and Spectro Cloud's public SDK and Terraform provider.
"""

from __future__ import annotations

from typing import Any


def spec_error(spec: dict[str, Any]) -> str:
    """Return the first rule that the spec of a registry does not meet, or an empty string."""
    auth = spec["auth"]
    tls = auth.get("tls", {})
    is_oci = "providerType" in spec
    has_credentials = auth.get("type") == "basic" and auth.get("username") and auth.get("password")
    rules = {
        "registries exist at tenant level only": spec.get("scope", "tenant") == "tenant",
        "auth must be basic, with username and password": has_credentials,
        "TLS settings require tls.enabled": tls.get("enabled")
        or not any(tls.get(key) for key in ("ca", "certificate", "key", "insecureSkipVerify")),
        "an https endpoint requires tls.enabled": tls.get("enabled")
        or not spec["endpoint"].startswith("https://"),
        "certificate and key require each other": bool(tls.get("certificate"))
        == bool(tls.get("key")),
        "providerType pack requires isSyncSupported": spec.get("providerType") != "pack"
        or spec.get("isSyncSupported"),
        "isSyncSupported requires baseContentPath": not is_oci
        or not spec.get("isSyncSupported")
        or spec.get("baseContentPath"),
    }
    return next((rule for rule, is_met in rules.items() if not is_met), "")
