"""Conflicts of zot's own settings, and settings that zot can't carry out.

Source: zot 2.1.20, `pkg/api/controller.go` and `pkg/cli/server/root.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from common.conflict import Conflict, Path, ignored_setting
from common.types.durations import seconds_of
from common.types.network import is_loopback
from components.servers.zot.schema import schema_issues
from components.settings import (
    ADMIN,
    LogFormat,
    LogLevel,
    Mirror,
    Settings,
    StorageKind,
    Target,
    TlsMode,
    TlsVersion,
    Zot,
)

_SERVER = ("ociServer",)

SHORTEST_SCRUB = "2h"
"""zot raises a shorter interval to this one."""

LOWEST_RATE = 20
"""Requests per second that an update and the probes of Kubernetes need."""

MANAGED_KEYS = {
    "distSpecVersion": "",
    "http.address": "server.addr",
    "http.port": "server.addr",
    "http.realm": "realm",
    "http.tls": "tls.mode",
    "http.externalUrl": "publicEndpoint",
    "http.auth.htpasswd": "users",
    "http.auth.failDelay": "zot.failDelaySeconds",
    "http.auth.sessionKeysFile": "zot.web",
    "http.auth.sessionDriver": "zot.web",
    "http.auth.secureSession": "publicEndpoint",
    "http.accessControl": "users",
    "http.ratelimit.rate": "zot.rateLimit",
    "log.level": "logLevel",
    "log.output": "",
    "log.audit": "zot.audit",
    "storage.rootDirectory": "storage.kind",
    "storage.storageDriver": "storage.s3",
    "storage.gc": "zot.garbageCollection",
    "storage.gcDelay": "zot.garbageCollection",
    "storage.gcInterval": "zot.garbageCollection",
    "storage.retention": "zot.retention",
    "storage.subPaths": "",
    "extensions.sync": "zot.mirrors",
    "extensions.scrub": "zot.scrubInterval",
    "extensions.metrics": "zot.metrics",
    "extensions.ui": "zot.web",
    "cluster": "",
}
"""Keys of `server.extra` that settings manage, each with the setting; empty for a constant."""


def zot_conflicts(settings: Settings) -> Iterator[Conflict]:
    """Yield all conflicts."""
    yield from _unsupported(settings)
    yield from _several_servers(settings)
    yield from _extra(settings.server.extra)
    yield from _collection(settings.zot)
    yield from _metrics(settings)
    yield from _retention_in_bucket(settings)
    yield from _logged_options(settings)
    for index, mirror in enumerate(settings.zot.mirrors):
        yield from _mirror(index, mirror, settings)


def _unsupported(settings: Settings) -> Iterator[Conflict]:
    """Refuse what zot can't do."""
    server, tls, kind = settings.server, settings.tls, settings.storage.kind
    format_, minimum = server.log_format, tls.minimum_tls
    values: dict[Path, tuple[bool, str, str]] = {
        ("server", "logFormat"): (
            format_ not in (None, LogFormat.JSON),
            f"{format_} is not supported by zot, which always logs JSON.",
            "Remove it",
        ),
        ("server", "logFields"): (bool(server.log_fields), "is not supported by zot.", "Remove it"),
        ("server", "headers"): (bool(server.headers), "is not supported by zot.", "Remove it"),
        ("server", "httpSecret"): (
            server.http_secret is not None,
            "has no effect when the server is zot: it keeps the state of uploads in the storage.",
            "Remove it",
        ),
        ("metrics",): (
            bool(settings.metrics.model_fields_set),
            "is not supported by zot, which has /metrics at its endpoint (zot.metrics).",
            "Remove it",
        ),
        ("notifications",): (
            bool(settings.notifications.model_fields_set),
            "is not supported by zot, which logs every change and its user (zot.audit).",
            "Remove it",
        ),
        ("server", "drainSeconds"): (
            server.drain_seconds is not None and settings.target is Target.DOCKER,
            "is not supported by zot, which ends running requests when it stops.",
            "Remove it",
        ),
        ("tls", "clientCas"): (
            bool(tls.client_cas),
            "is not supported by zot, which also accepts clients without a certificate.",
            "Remove it",
        ),
        ("tls", "minimumTls"): (
            minimum is TlsVersion.TLS_1_3,
            f"{minimum} is not supported by zot, which always accepts TLS 1.2.",
            "Remove it",
        ),
        ("tls", "mode"): (
            tls.mode is TlsMode.LETS_ENCRYPT,
            f"{tls.mode} is not supported by zot, which requests no certificates.",
            "Use another mode",
        ),
        ("storage", "kind"): (
            kind is StorageKind.MEMORY,
            f"{kind} is not supported by zot, which stores packs in a directory or a bucket.",
            "Use another kind",
        ),
    }
    for path, (applies, reason, fix) in values.items():
        if applies:
            yield Conflict((path, _SERVER), f"{reason} {fix}, or set ociServer to distribution.")


def _several_servers(settings: Settings) -> Iterator[Conflict]:
    if settings.target is Target.KUBERNETES and settings.kubernetes.replicas > 1:
        yield Conflict(
            (("kubernetes", "replicas"), _SERVER),
            f"{settings.kubernetes.replicas} zot servers need a database that they share. Set "
            "kubernetes.replicas to 1, or set ociServer to distribution.",
        )


def _extra(extra: Mapping[str, Any]) -> Iterator[Conflict]:
    """Reject keys that settings manage, and keys that don't exist."""
    path = (("server", "extra"),)
    rejected = [key for key in MANAGED_KEYS if _is_set(extra, key.split("."))]
    for key in rejected:
        setting = MANAGED_KEYS[key]
        fix = f"is managed by {setting}. Set that instead." if setting else "is fixed. Remove it."
        yield Conflict(path, f"{key} {fix}")
    if extra and not rejected:
        for issue in schema_issues(extra):
            yield Conflict(path, issue)


def _is_set(section: Any, keys: list[str]) -> bool:
    """Return whether a key is set. zot compares names of keys ignoring case."""
    for key in keys:
        names = {str(name).lower(): name for name in section} if isinstance(section, dict) else {}
        if key.lower() not in names:
            return False
        section = section[names[key.lower()]]
    return True


def _metrics(settings: Settings) -> Iterator[Conflict]:
    zot = settings.zot
    if zot.metrics_users and not zot.metrics:
        yield ignored_setting(("zot", "metricsUsers"), ("zot", "metrics"), "false", "true")
    known = {ADMIN, *(user.name for user in settings.users)}
    for index, name in enumerate(zot.metrics_users):
        if name not in known:
            yield Conflict(
                (("zot", "metricsUsers", index), ("users",)),
                f"{name} is not in users. Add the user to users, or remove it here.",
            )


def _collection(zot: Zot) -> Iterator[Conflict]:
    collection, retention = zot.garbage_collection, zot.retention
    if not collection.enabled:
        switch = ("zot", "garbageCollection", "enabled")
        for field in sorted(collection.model_fields_set - {"enabled"}):
            yield ignored_setting(("zot", "garbageCollection", field), switch, "false", "true")
        if retention.keep_versions:
            yield ignored_setting(("zot", "retention", "keepVersions"), switch, "false", "true")
    if not retention.keep_versions:
        for field, info in type(retention).model_fields.items():
            if field in retention.model_fields_set - {"keep_versions"}:
                yield Conflict(
                    (("zot", "retention", info.alias or field),),
                    "has no effect when zot.retention.keepVersions is 0. Remove it, or set "
                    "keepVersions to the number of versions to keep (for example, 10).",
                )
    if 0 < zot.rate_limit < LOWEST_RATE:
        yield Conflict(
            (("zot", "rateLimit"),),
            f"{zot.rate_limit} is too low for the requests of an update and of probes, which count "
            f"too. Must be {LOWEST_RATE} or more, or 0 for no limit.",
        )
    if zot.scrub_interval and seconds_of(zot.scrub_interval) < seconds_of(SHORTEST_SCRUB):
        yield Conflict(
            (("zot", "scrubInterval"),),
            f"{zot.scrub_interval} is too short. Must be {SHORTEST_SCRUB} or more, or empty.",
        )


def _retention_in_bucket(settings: Settings) -> Iterator[Conflict]:
    """The server knows the times of pushes from its database, which is lost with the container."""
    if settings.zot.retention.keep_versions and settings.storage.kind is StorageKind.S3:
        yield Conflict(
            (("zot", "retention", "keepVersions"), ("storage", "kind")),
            "is not supported when storage.kind is s3: after a restart, zot does not know which "
            "versions are the newest. Remove it, or use another storage.kind.",
        )


def _logged_options(settings: Settings) -> Iterator[Conflict]:
    """Reject options whose only effect is a line that the log level leaves out."""
    zot, level = settings.zot, settings.log_level
    is_quiet = level in (LogLevel.WARN, LogLevel.ERROR)
    values = {
        ("audit",): is_quiet and zot.audit and "audit" in zot.model_fields_set,
        ("retention", "dryRun"): is_quiet and zot.retention.dry_run,
        ("scrubInterval",): level is LogLevel.ERROR
        and bool(zot.scrub_interval)
        and "scrub_interval" in zot.model_fields_set,
    }
    for path, applies in values.items():
        if applies:
            yield ignored_setting(("zot", *path), ("logLevel",), level.value, "info")


def _mirror(index: int, mirror: Mirror, settings: Settings) -> Iterator[Conflict]:
    path: Path = ("zot", "mirrors", index)
    url = urlsplit(mirror.url)
    if url.path.strip("/") or url.query or url.fragment:
        yield Conflict(
            ((*path, "url"),),
            "must not have a path. Set zot.mirrors[].repositories to the path instead.",
        )
    if url.netloc == urlsplit(settings.endpoint).netloc:
        yield Conflict(((*path, "url"),), "is this registry itself. Remove it.")
    if is_loopback(url.hostname or ""):
        yield Conflict(
            ((*path, "url"),),
            f"{url.hostname} is this registry's own container. Use a name or address of the other "
            "registry that the container can reach.",
        )
    others = [urlsplit(other.url).netloc for other in settings.zot.mirrors[:index]]
    if url.netloc in others:
        yield Conflict(
            ((*path, "url"),),
            f"{url.netloc} is already listed as zot.mirrors[{others.index(url.netloc)}]. Remove "
            "one of the two.",
        )
    if url.scheme == "http" and mirror.password is not None:
        yield Conflict(
            ((*path, "password"), (*path, "url")),
            "would cross the network unencrypted. Use an https:// url, or remove the password.",
        )
    if url.scheme == "http" and mirror.ca_pem is not None:
        yield Conflict(((*path, "caPem"),), "has no effect with an http:// url. Remove it.")
    if not mirror.on_demand and not mirror.interval:
        yield Conflict(
            ((*path, "interval"), (*path, "onDemand")),
            "is required when onDemand is false. Set it (for example, to 1h), or set onDemand to "
            "true.",
        )
    if mirror.tags and not mirror.interval:
        yield Conflict(
            ((*path, "tags"), (*path, "interval")),
            "has no effect without interval. Remove it, or set interval (for example, to 1h).",
        )
    if bool(mirror.username) != (mirror.password is not None):
        missing, given = ("password", "username") if mirror.username else ("username", "password")
        yield Conflict(
            ((*path, missing), (*path, given)),
            f"is required when {given} is set. Set it, or remove {given}.",
        )
