"""Manifests for the Prometheus Operator in a cluster. Nothing applies them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from cli.monitoring.registry import Monitored, ServerKind
from cli.monitoring.rules import rule_groups
from components.kubernetes import names

API_VERSION = "monitoring.coreos.com/v1"
USERNAME_KEY, PASSWORD_KEY, CA_KEY = "username", "password", "ca.crt"


def credentials_secret(registry: Monitored) -> str:
    """Return the name of the Secret with the credentials, which the user creates."""
    return f"{registry.name}-metrics-reader"


def manifests(registry: Monitored) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the kind of each object in lower case, and its manifest."""
    if registry.ca_pem:
        yield "configmap", _object(registry, "v1", "ConfigMap", {"data": {CA_KEY: registry.ca_pem}})
    yield (
        "servicemonitor",
        _object(registry, API_VERSION, "ServiceMonitor", {"spec": _service_monitor(registry)}),
    )
    yield (
        "prometheusrule",
        _object(registry, API_VERSION, "PrometheusRule", {"spec": rule_groups(registry)}),
    )


def _object(
    registry: Monitored, api_version: str, kind: str, content: dict[str, Any]
) -> dict[str, Any]:
    metadata = {
        "name": names.metrics_service(registry.name),
        "namespace": registry.namespace,
        "labels": names.selector(registry.name),
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}


def _service_monitor(registry: Monitored) -> dict[str, Any]:
    endpoint: dict[str, Any] = {
        "port": names.METRICS_PORT_NAME,
        "path": "/metrics",
        "relabelings": [{"targetLabel": "stack", "replacement": registry.stack}],
    }
    if registry.kind is ServerKind.ZOT:
        endpoint |= {"port": names.PORT_NAME, **_credentials(registry)}
    return {
        "selector": {"matchLabels": names.selector(registry.name)},
        "endpoints": [endpoint],
    }


def _credentials(registry: Monitored) -> dict[str, Any]:
    secret, parts = credentials_secret(registry), urlsplit(registry.url)
    found: dict[str, Any] = {
        "scheme": parts.scheme,
        "basicAuth": {
            "username": {"name": secret, "key": USERNAME_KEY},
            "password": {"name": secret, "key": PASSWORD_KEY},
        },
    }
    if parts.scheme == "https":
        found["tlsConfig"] = {"serverName": parts.hostname}
        if registry.ca_pem:
            ca = {"name": names.metrics_service(registry.name), "key": CA_KEY}
            found["tlsConfig"]["ca"] = {"configMap": ca}
    return found
