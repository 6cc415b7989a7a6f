"""Registries with metrics, as ``make monitoring`` describes them."""

from __future__ import annotations

from typing import Any

from cli.monitoring.registry import Monitored, monitored_registry
from components.settings import Settings

PASSWORD = "password-of-the-metrics"
CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
ZOT: dict[str, Any] = {
    "flavor": "oci",
    "users": [{"name": "prometheus"}],
    "zot": {"metricsUsers": ["prometheus"]},
}
KUBERNETES: dict[str, Any] = {"target": "kubernetes", "storage": {"kind": "volume"}}
METRICS: dict[str, Any] = {"metrics": {"port": 5001}}


def outputs_of(endpoint: str = "https://registry.example.com", **changes: Any) -> dict[str, Any]:
    """Return outputs of a stack, as far as monitoring reads them."""
    return {
        "endpoint": endpoint,
        "certificateNotAfter": "2027-11-26T00:00:00Z",
        "users": {"admin": "password-of-admin", "prometheus": PASSWORD},
        "consoleRegistration": {"caCertificate": CA},
        **changes,
    }


def monitored(stack: str = "prod", **settings: Any) -> Monitored:
    """Return a registry with these settings."""
    found = Settings.model_validate({"hostname": "registry.example.com", **settings})
    return monitored_registry(stack, found, outputs_of())
