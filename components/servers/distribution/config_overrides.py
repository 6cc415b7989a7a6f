"""What `server.extra` may not say: what other settings write into the server's YAML file, and what no configuration has.

Whether another setting has written its part now does not matter: it alone may. Left out on purpose: how the two are put together
(``components/server_file.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.servers.distribution import schema
from components.settings import Settings, StorageKind, TlsMode

MANAGED_KEYS = {
    "log.level": "logLevel",
    "loglevel": "logLevel",
    "log.formatter": "server.logFormat",
    "log.fields": "server.logFields",
    "auth": "users and realm",
    "http.addr": "server.addr",
    "http.secret": "server.httpSecret",
    "http.headers": "server.headers",
    "http.draintimeout": "server.drainSeconds",
    "http.tls.certificate": "tls.mode",
    "http.tls.key": "tls.mode",
    "http.tls.letsencrypt": "tls.mode letsencrypt",
    "http.tls.clientcas": "tls.clientCas",
    "http.tls.minimumtls": "tls.minimumTls",
}
"""What settings write, whatever the others are: the place in the file, and the setting's name."""

WRITTEN_OF_S3 = {
    "bucket": "storage.s3.bucket",
    "region": "storage.s3.region",
    "rootdirectory": "storage.s3.prefix",
    "regionendpoint": "storage.s3.endpoint",
    "secure": "storage.s3.endpoint",
    "forcepathstyle": "storage.s3.pathStyle",
    "encrypt": "storage.s3.encrypt",
    "accesskey": "storage.s3.accessKey",
    "secretkey": "storage.s3.secretKey",
}
"""What they write of a bucket."""

CONSTANT_KEYS = {
    "version": "always 0.1",
    "storage.cache.blobdescriptor": "always inmemory",
    "storage.filesystem.rootdirectory": "always below /data, where packs are mounted",
    "http.net": "always tcp, by which Docker reaches the container",
    "http.prefix": "always empty, for clients ask at the root of the server",
}
"""What is the same for all: the place, and why."""

DRIVER = {StorageKind.S3: "s3", StorageKind.MEMORY: "inmemory"}
"""The storage drivers of what Docker does not mount."""


def override_issues(settings: Settings) -> Iterator[str]:
    """All of it, each as a sentence that names the place."""
    extra = settings.server.extra
    reserved = _written(settings)
    clashes = [place for place in [*reserved, *CONSTANT_KEYS] if _holds(extra, place.split("."))]
    yield from (
        f"{place} is written by {reserved[place]}; set that instead"
        if place in reserved
        else _fixed(place)
        for place in clashes
    )
    yield from schema.schema_issues(_without(extra, clashes))


def _fixed(place: str) -> str:
    return f"{place} is {CONSTANT_KEYS[place]}; remove it"


def _written(settings: Settings) -> dict[str, str]:
    """What settings write: the place in the file, and the setting's name."""
    driver = DRIVER.get(settings.storage.kind, "filesystem")
    written = {
        **MANAGED_KEYS,
        **{f"storage.{other}": "storage.kind" for other in schema.DRIVERS if other != driver},
    }
    if driver == "s3":
        written |= {f"storage.s3.{name}": setting for name, setting in WRITTEN_OF_S3.items()}
    if settings.tls.mode is TlsMode.OFF:
        written = {
            place: setting
            for place, setting in written.items()
            if not place.startswith("http.tls.")
        } | {"http.tls": "tls.mode"}
    return written


def _holds(group: Any, place: list[str]) -> bool:
    """Whether something stands at a place."""
    for name in place:
        if not isinstance(group, Mapping) or name not in group:
            return False
        group = group[name]
    return True


def _without(group: Mapping[str, Any], places: list[str], prefix: str = "") -> dict[str, Any]:
    """The rest, whose faults are told in the same run."""
    kept = {name: value for name, value in group.items() if f"{prefix}{name}" not in places}
    return {
        name: _without(value, places, f"{prefix}{name}.") if isinstance(value, dict) else value
        for name, value in kept.items()
    }
