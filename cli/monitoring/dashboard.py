"""A dashboard for Grafana. It can be imported, or provisioned from its file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cli.monitoring.registry import Monitored, ServerKind
from cli.monitoring.rules import LATENCIES, REQUESTS

SCHEMA_VERSION = 39
"""Of Grafana 11. Newer versions convert it."""
HEIGHT, WIDTH, COLUMNS = 8, 8, 3
DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True)
class Panel:
    """One panel, with expressions by legend."""

    title: str
    queries: dict[str, str]
    unit: str = "short"
    kind: str = "timeseries"
    mappings: list[dict[str, Any]] = field(default_factory=list)


def dashboard(registry: Monitored) -> dict[str, Any]:
    """Return the dashboard of a registry."""
    return {
        "uid": registry.job[:40],
        "title": f"Pack registry {registry.stack}",
        "tags": ["pack-registry"],
        "timezone": "browser",
        "schemaVersion": SCHEMA_VERSION,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
        },
        "panels": [_rendered(number, panel) for number, panel in enumerate(panels(registry))],
    }


def panels(registry: Monitored) -> Iterator[Panel]:
    """Yield the panels. Every expression uses series that the registry or the figures have."""
    selector = f'{{stack="{registry.stack}"}}'

    def figure(name: str) -> str:
        return f"pack_registry_{name}{selector}"

    requests = f"{REQUESTS[registry.kind]}{selector}"
    refused = f'{REQUESTS[registry.kind]}{{stack="{registry.stack}",code="401"}}'
    answers = [{"type": "value", "options": {"0": {"text": "down"}, "1": {"text": "up"}}}]
    yield Panel("Metrics", {"": f"min(up{selector})"}, kind="stat", mappings=answers)
    certificate = f"{figure('certificate_not_after_seconds')} - time()"
    yield Panel("Certificate ends in", {"": certificate}, "s", "stat")
    yield Panel(
        "Age of the last backup and drill",
        {
            "backup": f"time() - {figure('backup_timestamp_seconds')}",
            "drill": f"time() - {figure('drill_timestamp_seconds')}",
        },
        "s",
        "stat",
    )
    yield Panel(
        "Requests by status", {"{{code}}": f"sum by (code) (rate({requests}[5m]))"}, "reqps"
    )
    yield Panel("Refused logins", {"401": f"sum(rate({refused}[5m]))"}, "reqps")
    yield Panel("Latency of storage", dict(_quantiles(LATENCIES[registry.kind], selector)), "s")
    yield from _of_server(registry.kind, selector)
    yield Panel(
        "Storage",
        {"free": figure("storage_free_bytes"), "size": figure("storage_size_bytes")},
        "bytes",
    )
    yield Panel("Memory", {"{{instance}}": f"process_resident_memory_bytes{selector}"}, "bytes")
    yield Panel("CPU", {"{{instance}}": f"rate(process_cpu_seconds_total{selector}[5m])"})


def _of_server(kind: ServerKind, selector: str) -> Iterator[Panel]:
    if kind is ServerKind.ZOT:
        yield Panel("Size of packs", {"": f"sum(zot_repo_storage_bytes{selector})"}, "bytes")
        downloads, uploads = (
            f"zot_repo_{what}_total{selector}" for what in ("downloads", "uploads")
        )
        pulls_and_pushes = {
            "pulls": f"sum(rate({downloads}[5m]))",
            "pushes": f"sum(rate({uploads}[5m]))",
        }
        yield Panel("Pulls and pushes", pulls_and_pushes, "reqps")
        return
    durations = dict(_quantiles("registry_http_request_duration_seconds_bucket", selector))
    yield Panel("Latency of requests", durations, "s")
    actions = f"sum by (action) (rate(registry_storage_action_seconds_count{selector}[5m]))"
    yield Panel("Storage actions", {"{{action}}": actions}, "ops")
    yield Panel("Requests in progress", {"": f"sum(registry_http_in_flight_requests{selector})"})


def _quantiles(series: str, selector: str) -> Iterator[tuple[str, str]]:
    for quantile in (0.5, 0.99):
        rates = f"sum by (le) (rate({series}{selector}[5m]))"
        yield f"{quantile:.0%}", f"histogram_quantile({quantile}, {rates})"


def _rendered(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, COLUMNS)
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "datasource": DATA_SOURCE,
        "gridPos": {"h": HEIGHT, "w": WIDTH, "x": column * WIDTH, "y": row * HEIGHT},
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "mappings": panel.mappings},
            "overrides": [],
        },
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": DATA_SOURCE,
                "expr": expression,
                "legendFormat": legend or "__auto",
            }
            for index, (legend, expression) in enumerate(panel.queries.items())
        ],
    }
