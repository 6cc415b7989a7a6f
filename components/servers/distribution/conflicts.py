"""Conflicts between settings of CNCF Distribution's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from common.conflict import Conflict
from common.types.network import port_of
from components.servers.distribution.config_overrides import override_issues
from components.servers.distribution.notifications import notification_conflicts
from components.servers.distribution.paths import DEFAULT_ADDR
from components.servers.distribution.references import reference_issues
from components.settings import Flavor, Server, Settings

SECRET_CHARACTERS, SECRET_DIFFERENT = 16, 5


def distribution_conflicts(settings: Settings) -> Iterator[Conflict]:
    """Yield all conflicts."""
    if settings.server.extra:
        extra = settings.server.extra
        issues = list(override_issues(extra, settings.storage.kind, settings.tls.mode))
        for sentence in issues or reference_issues(extra, settings):
            yield Conflict((("server", "extra"),), sentence)
    yield from _config_file(settings.server)
    yield from _relative_urls(settings)
    yield from _metrics(settings)
    yield from notification_conflicts(settings.notifications)


def _config_file(server: Server) -> Iterator[Conflict]:
    if "service" in server.log_fields:
        yield Conflict(
            (("server", "logFields"),),
            'service is always "registry". Use another name (for example, "environment").',
        )
    names = [name.lower() for name in server.headers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Conflict(
            (("server", "headers"),),
            f"{name} is listed twice. Header names are case-insensitive. Remove one of the two.",
        )
    secret = server.http_secret
    if isinstance(secret, str) and (
        len(secret) < SECRET_CHARACTERS or len(set(secret)) < SECRET_DIFFERENT
    ):
        yield Conflict(
            (("server", "httpSecret"),),
            f"is too easy to guess (sensitive value hidden). Must be {SECRET_CHARACTERS} or more "
            f"characters, at least {SECRET_DIFFERENT} of them different.",
        )


def _metrics(settings: Settings) -> Iterator[Conflict]:
    """The metrics need a separate port."""
    port, path = settings.metrics.port, ("metrics", "port")
    if not port:
        if "address" in settings.metrics.model_fields_set:
            yield Conflict(
                (("metrics", "address"), path),
                "has no effect when metrics.port is not set. Remove it, or set metrics.port (for "
                "example, to 5001).",
            )
        return
    if port == port_of(settings.server.addr or DEFAULT_ADDR):
        yield Conflict(
            (path, ("server", "addr")),
            f"{port} is the port on which the server listens in its container. Use another port "
            "(for example, 5001).",
        )


def _relative_urls(settings: Settings) -> Iterator[Conflict]:
    path = urlsplit(settings.public_endpoint).path
    is_relative = (settings.server.extra.get("http") or {}).get("relativeurls")
    if path and is_relative and settings.flavor is Flavor.PACK:
        yield Conflict(
            (("publicEndpoint",), ("server", "extra")),
            f"the path {path} is not supported when server.extra sets http.relativeurls: clients "
            "would upload to the root of the host. Remove http.relativeurls.",
        )
