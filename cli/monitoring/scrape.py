"""Scrape configuration for Prometheus on a host."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from cli.monitoring.registry import Monitored, address_of


def scrape_configs(registry: Monitored) -> dict[str, Any]:
    """Return a scrape configuration. Its files are next to it.

    Prometheus 2.43 and newer read it by `scrape_config_files`.
    """
    parts, stack = urlsplit(registry.url), registry.stack
    job: dict[str, Any] = {
        "job_name": registry.job,
        "scheme": parts.scheme,
        "metrics_path": parts.path,
        "file_sd_configs": [{"files": [f"{stack}.targets.json"]}],
    }
    if registry.username:
        job["basic_auth"] = {
            "username": registry.username,
            "password_file": f"{stack}.password",
        }
    if registry.ca_pem:
        job["tls_config"] = {"ca_file": f"{stack}.ca.crt"}
    return {"scrape_configs": [job]}


def targets(registry: Monitored) -> list[dict[str, Any]]:
    """Return the content of the file for service discovery (`file_sd_configs`)."""
    return [{"targets": [address_of(registry.url)], "labels": {"stack": registry.stack}}]
