"""Checks of `server.extra`: keys that other settings manage, and keys that don't exist.

A managed key is rejected even if its setting has no value now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.servers.distribution.schema import schema_issues, storage_drivers
from components.settings import StorageKind, TlsMode

MANAGED_KEYS = {
    "log.level": "logLevel",
    "loglevel": "logLevel",
    "log.formatter": "server.logFormat",
    "log.fields": "server.logFields",
    "auth": "users and realm",
    "http.addr": "server.addr",
    "http.host": "publicEndpoint",
    "http.secret": "server.httpSecret",
    "http.headers": "server.headers",
    "http.draintimeout": "server.drainSeconds",
    "http.debug": "metrics",
    "notifications": "notifications",
    "http.tls.certificate": "tls.mode",
    "http.tls.key": "tls.mode",
    "http.tls.letsencrypt": "tls.mode letsencrypt",
    "http.tls.clientcas": "tls.clientCas",
    "http.tls.minimumtls": "tls.minimumTls",
}
"""Keys that settings manage, each with the setting's name."""

MANAGED_S3_KEYS = {
    "bucket": "storage.s3.bucket",
    "region": "storage.s3.region",
    "rootdirectory": "storage.s3.prefix",
    "regionendpoint": "storage.s3.endpoint",
    "host": "storage.s3.endpoint",
    "port": "storage.s3.endpoint",
    "secure": "storage.s3.endpoint",
    "forcepathstyle": "storage.s3.pathStyle",
    "encrypt": "storage.s3.encrypt",
    "accesskey": "storage.s3.accessKey",
    "secretkey": "storage.s3.secretKey",
}
"""Keys below `storage.s3` that settings manage for a bucket."""

CONSTANT_KEYS = {
    "version": "always 0.1",
    "storage.filesystem.rootdirectory": "always below /data, where packs are mounted",
    "http.net": "always tcp, which clients use to reach the server",
    "http.prefix": "always empty, because clients send requests to the server's root",
}
"""Keys whose value is the same for every registry, each with the value."""

DRIVERS = {StorageKind.S3: "s3", StorageKind.MEMORY: "inmemory"}
"""Storage drivers of kinds that are not mounted. The others use `filesystem`."""


def override_issues(extra: Mapping[str, Any], kind: StorageKind, mode: TlsMode) -> Iterator[str]:
    """Find keys of `server.extra` that must not be set, with one sentence for each.

    :param extra: the value of `server.extra`.
    """
    managed = _managed_keys(kind, mode)
    rejected = [key for key in [*managed, *CONSTANT_KEYS] if _is_set(extra, key.split("."))]
    for key in rejected:
        if key in managed:
            yield f"{key} is managed by {managed[key]}. Set that instead."
        else:
            yield f"{key} is {CONSTANT_KEYS[key]}. Remove it."
    yield from schema_issues(_without(extra, rejected))


def _managed_keys(kind: StorageKind, mode: TlsMode) -> dict[str, str]:
    driver = DRIVERS.get(kind, "filesystem")
    managed = {
        **MANAGED_KEYS,
        **{f"storage.{other}": "storage.kind" for other in storage_drivers() if other != driver},
    }
    if driver == "s3":
        managed |= {f"storage.s3.{name}": setting for name, setting in MANAGED_S3_KEYS.items()}
    if mode is TlsMode.OFF:
        others = {key: name for key, name in managed.items() if not key.startswith("http.tls.")}
        managed = others | {"http.tls": "tls.mode"}
    return managed


def _is_set(section: Any, path: list[str]) -> bool:
    for name in path:
        if not isinstance(section, Mapping) or name not in section:
            return False
        section = section[name]
    return True


def _without(section: Mapping[str, Any], keys: list[str], prefix: str = "") -> dict[str, Any]:
    """Remove keys that are already reported, so that the rest is checked in the same run."""
    kept = {name: value for name, value in section.items() if f"{prefix}{name}" not in keys}
    return {
        name: _without(value, keys, f"{prefix}{name}.") if isinstance(value, dict) else value
        for name, value in kept.items()
    }
