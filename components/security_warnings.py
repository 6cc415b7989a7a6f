"""Warnings about valid settings that reduce security."""

from __future__ import annotations

from collections.abc import Iterator

from common.types.network import is_loopback
from components.settings import Settings, Target

PLAIN_HTTP_WARNING = (
    "tls.mode is off: passwords and packs cross the network unencrypted, anyone on the network "
    "can read and change them, and the Spectro CLI needs --insecure. Use this only behind a proxy "
    "that terminates TLS, or on an isolated network."
)


def security_warnings(settings: Settings) -> Iterator[str]:
    """Return a warning for each such setting."""
    if not settings.https:
        yield PLAIN_HTTP_WARNING
    metrics = settings.metrics
    if metrics.port and not is_loopback(metrics.address) and settings.target is Target.DOCKER:
        yield (
            f"metrics.address is {metrics.address}: everyone who can reach it can read the metrics "
            "and internals of the server without credentials. Let only Prometheus reach port "
            f"{metrics.port}."
        )
    endpoints = settings.notifications.endpoints
    if metrics.port and any(endpoint.headers for endpoint in endpoints):
        yield (
            "The port of the metrics also shows the headers of receivers "
            "(notifications.endpoints) without credentials, at /debug/vars. Let only Prometheus "
            f"reach port {metrics.port}, or use a receiver without secret headers."
        )
    for endpoint in endpoints:
        if endpoint.headers and endpoint.url.startswith("http://"):
            yield (
                f"The headers of the receiver {endpoint.name} (notifications.endpoints) cross the "
                "network unencrypted. Use an https:// URL, or an isolated network."
            )
