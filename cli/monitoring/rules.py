"""Alert rules for Prometheus, each with what to do.

The series are those of CNCF Distribution, of zot, and of the file that ``figures.py`` writes. The
kubelet has those of volumes in a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cli.console import make_command
from cli.monitoring.registry import Monitored, ServerKind
from components.settings import Target
from components.tls.renewal import NOTICE_DAYS

REQUESTS = {
    ServerKind.DISTRIBUTION: "registry_http_requests_total",
    ServerKind.ZOT: "zot_http_requests_total",
}
"""Counters of requests, with the label `code`."""

LATENCIES = {
    ServerKind.DISTRIBUTION: "registry_storage_action_seconds_bucket",
    ServerKind.ZOT: "zot_http_method_latency_seconds_bucket",
}
"""Histograms of what waits for the storage. zot measures whole requests."""

ERROR_SHARE = 0.02
REFUSED_PER_SECOND = 5
SLOW_SECONDS = 5
PENDING_EVENTS = 1000
FREE_SHARE = 0.1
DAY = 86400
CERTIFICATE_DAYS = 14
FIGURES_DAYS = 2
BACKUP_DAYS = 2
DRILL_DAYS = 40


@dataclass(frozen=True)
class Timing:
    """Durations of the rules. Tests shorten them."""

    window: str = "5m"
    """Time over which rates are calculated."""
    short: str = "2m"
    medium: str = "5m"
    long: str = "10m"
    """Times for which a condition must hold."""


@dataclass(frozen=True)
class Alert:
    """One rule."""

    name: str
    expression: str
    duration: str
    severity: str
    summary: str
    action: str

    def to_rule(self, stack: str) -> dict[str, Any]:
        """Return the rule as Prometheus reads it."""
        return {
            "alert": f"PackRegistry{self.name}",
            "expr": self.expression,
            "for": self.duration,
            "labels": {"severity": self.severity, "stack": stack},
            "annotations": {"summary": self.summary, "description": self.action},
        }


def rule_groups(registry: Monitored, timing: Timing | None = None) -> dict[str, Any]:
    """Return the content of a file of rules."""
    alerts = [*_of_server(registry, timing or Timing()), *_of_figures(registry)]
    rules = [alert.to_rule(registry.stack) for alert in alerts]
    return {"groups": [{"name": registry.job, "rules": rules}]}


def _of_server(registry: Monitored, timing: Timing) -> Iterator[Alert]:
    stack, selector = registry.stack, f'stack="{registry.stack}"'
    requests, window = REQUESTS[registry.kind], timing.window
    yield Alert(
        "Down",
        f"up{{{selector}}} == 0 or absent(up{{{selector}}})",
        timing.short,
        "critical",
        f"Prometheus can't read the metrics of the registry {stack}.",
        f"Run `{make_command('up', stack)}`. It verifies the registry and shows the end of its "
        "log. If the registry answers, check the address and credentials of the metrics.",
    )
    yield Alert(
        "Errors",
        f'sum(rate({requests}{{{selector},code=~"5.."}}[{window}])) '
        f"/ sum(rate({requests}{{{selector}}}[{window}])) > {ERROR_SHARE}",
        timing.medium,
        "critical",
        f"The registry {stack} answers {{{{ $value | humanizePercentage }}}} of requests with a "
        "server error.",
        "The storage is the most likely cause. Read the server's log, and check the bucket or the "
        "disk.",
    )
    yield Alert(
        "RefusedLogins",
        f'sum(rate({requests}{{{selector},code="401"}}[{window}])) > {REFUSED_PER_SECOND}',
        timing.long,
        "warning",
        f"The registry {stack} refuses {{{{ $value | humanize }}}} logins each second.",
        "A client has an old password, or someone guesses passwords. The server's log shows the "
        "addresses.",
    )
    yield Alert(
        "SlowStorage",
        f"histogram_quantile(0.99, sum by (le) (rate({LATENCIES[registry.kind]}{{{selector}}}"
        f"[{window}]))) > {SLOW_SECONDS}",
        timing.long,
        "warning",
        f"One percent of the storage actions of the registry {stack} take longer than "
        f"{SLOW_SECONDS} seconds.",
        "Check the bucket or the disk, and the load of the host.",
    )
    if registry.kind is ServerKind.DISTRIBUTION:
        yield Alert(
            "NotificationsPending",
            f"sum(registry_notifications_pending_total{{{selector}}}) > {PENDING_EVENTS}",
            timing.long,
            "warning",
            f"{{{{ $value }}}} notifications of the registry {stack} are not delivered.",
            "Check the receivers in notifications.endpoints. A restart of the server loses these "
            "events.",
        )


def _of_figures(registry: Monitored) -> Iterator[Alert]:
    """Yield the rules on what no server knows."""
    stack, selector = registry.stack, f'stack="{registry.stack}"'
    ends = f"pack_registry_certificate_not_after_seconds{{{selector}}} - time()"
    yield Alert(
        "CertificateEnds",
        f"{ends} < {CERTIFICATE_DAYS} * {DAY}",
        "0s",
        "critical",
        f"The certificate of the registry {stack} ends in {{{{ $value | humanizeDuration }}}}.",
        f"Run `{make_command('up', stack)}`, which renews a generated certificate. Replace a "
        "provided one.",
    )
    change = f"pack_registry_certificate_change_timestamp_seconds{{{selector}}} - time()"
    yield Alert(
        "CertificateChanges",
        f"{change} < {NOTICE_DAYS} * {DAY}",
        "0s",
        "warning",
        f"The certificate of the registry {stack} changes in {{{{ $value | humanizeDuration }}}}.",
        f"`{make_command('renewal', stack)}` prints what clients then need. Tell their owners.",
    )
    yield from _space(registry)
    for name, days, noun, command in (
        ("BackupOld", BACKUP_DAYS, "backup", "backup"),
        ("DrillOld", DRILL_DAYS, "restore drill", "drill"),
    ):
        yield Alert(
            name,
            f"time() - pack_registry_{command}_timestamp_seconds{{{selector}}} > {days} * {DAY}",
            "0s",
            "warning",
            f"The last {noun} of the registry {stack} is {{{{ $value | humanizeDuration }}}} old.",
            f"Run `{make_command(command, stack)}`, and check the timer that should run it.",
        )
    figures = f"pack_registry_figures_timestamp_seconds{{{selector}}}"
    yield Alert(
        "FiguresOld",
        f"time() - {figures} > {FIGURES_DAYS} * {DAY} or absent({figures})",
        "1h",
        "warning",
        f"The figures of the registry {stack} are missing or old, so its certificate, space and "
        "backups are not monitored.",
        f"Run `{make_command('monitoring', stack)}` with a timer, and let the node exporter read "
        "the file that ends in .prom.",
    )


def _space(registry: Monitored) -> Iterator[Alert]:
    free, size = "pack_registry_storage_free_bytes", "pack_registry_storage_size_bytes"
    selector = f'stack="{registry.stack}"'
    if registry.target is Target.KUBERNETES:
        if not registry.claim:
            return
        free, size = "kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes"
        selector = f'namespace="{registry.namespace}",persistentvolumeclaim="{registry.claim}"'
    yield Alert(
        "StorageFull",
        f"{free}{{{selector}}} / {size}{{{selector}}} < {FREE_SHARE}",
        "10m",
        "critical",
        f"The storage of the registry {registry.stack} has {{{{ $value | humanizePercentage }}}} "
        "of its space left.",
        "Enlarge it, delete versions of packs, or collect garbage.",
    )
