"""Configuration file of CNCF Distribution, for settings that its environment can't carry.

It starts from the configuration in the official image (Palette's guide, "Advanced Configuration"),
with one correction: a header there has an unclosed quote. Distribution's configuration reference
documents the keys. ``schema.py`` checks the file before it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pulumi

from common.errors import UserError
from common.redaction import register_secrets
from components.context import Context
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.notifications import notifications_section
from components.servers.distribution.paths import DEFAULT_ADDR, ROOT_DIRECTORIES
from components.servers.distribution.schema import schema_issues
from components.servers.overrides import merge
from components.servers.paths import (
    ACME_DIRECTORY,
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CERTIFICATE_FILE,
    CLIENT_CAS_FILE,
    HTPASSWD_FILE,
    PRIVATE_KEY_FILE,
)
from components.settings import Flavor, LogFormat, StorageKind, TlsMode
from components.users.passwords import random_string

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=63072000; includeSubdomains; preload",
    "Content-Security-Policy": "img-src 'self'; script-src 'self'; style-src 'self'",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
    "Referrer-Policy": "same-origin",
}
"""Response headers in the official image's configuration."""


def needs_config_file(settings: DistributionSettings) -> bool:
    """Return whether a setting can't be expressed by the environment."""
    server, tls = settings.server, settings.tls
    return bool(
        server.log_format
        or server.log_fields
        or server.headers
        or server.drain_seconds
        or server.addr
        or server.http_secret
        or server.extra
        or settings.notifications.endpoints
        or settings.public_endpoint
        or tls.minimum_tls
        or tls.client_cas
        or tls.mode is TlsMode.LETS_ENCRYPT
        or not settings.uses_filesystem
    )


def build(settings: DistributionSettings, secrets: Mapping[str, str]) -> dict[str, Any]:
    """Return the content of the file.

    :param secrets: `http_secret`, and with access keys `access_key` and `secret_key`.
    """
    return merge(_from_settings(settings, secrets), settings.server.extra)


def render(settings: DistributionSettings, secrets: Mapping[str, str]) -> str:
    """Return the text of the file.

    :param secrets: as for ``build``.
    :raises UserError: if the server would reject the file.
    """
    import yaml

    register_secrets(secrets)
    configuration = build(settings, secrets)
    if issues := list(schema_issues(configuration)):
        raise UserError(
            "The server would reject its configuration file. The file was not written."
            + "".join(f"\n  - {issue}" for issue in issues)
        )
    return yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True, width=1000)


def _from_settings(settings: DistributionSettings, secrets: Mapping[str, str]) -> dict[str, Any]:
    server = settings.server
    log: dict[str, Any] = {
        "level": settings.log_level.value,
        "fields": {"service": "registry", **server.log_fields},
    }
    if server.log_format:
        log["formatter"] = LogFormat(server.log_format).value
    http: dict[str, Any] = {
        "addr": server.addr or DEFAULT_ADDR,
        "secret": secrets["http_secret"],
        "headers": {name: [value] for name, value in _headers(server.headers).items()},
    }
    if host := _public_host(settings):
        http["host"] = host
    if settings.drain_seconds:
        http["draintimeout"] = f"{settings.drain_seconds}s"
    if tls := _tls(settings):
        http["tls"] = tls
    return {
        "version": 0.1,
        "log": log,
        "storage": {**_cache(settings), **_storage(settings, secrets)},
        "http": http,
        "auth": {
            "htpasswd": {"realm": settings.realm, "path": f"{AUTH_DIRECTORY}/{HTPASSWD_FILE}"}
        },
        **notifications_section(settings.notifications),
    }


def _public_host(settings: DistributionSettings) -> str:
    """Return the URL before the path of an upload's Location; empty for that of the request.

    Distribution resolves paths relative to it, so it ends in a slash. It takes precedence over
    `http.relativeurls`.
    """
    relative = (settings.server.extra.get("http") or {}).get("relativeurls")
    endpoint = settings.public_endpoint
    return f"{endpoint.rstrip('/')}/" if endpoint and not relative else ""


def _headers(custom: Mapping[str, str]) -> dict[str, str]:
    """Add custom headers to the defaults, or replace them. Names are compared ignoring case."""
    names = {name.lower() for name in custom}
    defaults = {name: value for name, value in HEADERS.items() if name.lower() not in names}
    return defaults | dict(custom)


def _cache(settings: DistributionSettings) -> dict[str, Any]:
    """Return the cache of blob descriptors; none if several servers share the storage.

    Each server has its own cache in memory. It hides what the other servers delete, so that a push
    could skip a blob that is gone.
    """
    return {} if settings.has_replicas else {"cache": {"blobdescriptor": "inmemory"}}


def _storage(settings: DistributionSettings, secrets: Mapping[str, str]) -> dict[str, Any]:
    s3 = settings.storage.s3
    match settings.storage.kind:
        case StorageKind.MEMORY:
            return {"inmemory": {}}
        case StorageKind.S3:
            options = {
                "bucket": s3.bucket,
                "region": s3.region,
                "rootdirectory": f"/{s3.prefix}" if s3.prefix else None,
                "regionendpoint": s3.endpoint or None,
                **_palette_endpoint(settings),
                "forcepathstyle": s3.path_style or None,
                "secure": not s3.endpoint.startswith("http://"),
                "encrypt": s3.encrypt,
                "accesskey": secrets.get("access_key"),
                "secretkey": secrets.get("secret_key"),
            }
            return {"s3": {name: value for name, value in options.items() if value is not None}}
        case StorageKind.VOLUME | StorageKind.PATH | StorageKind.NFS | StorageKind.CIFS:
            return {"filesystem": {"rootdirectory": ROOT_DIRECTORIES[settings.flavor]}}


def _palette_endpoint(settings: DistributionSettings) -> dict[str, Any]:
    """Return an S3 server's address as Palette's guide writes it for the official image.

    Distribution ignores parameters that its S3 driver does not know.
    """
    if settings.flavor is not Flavor.PACK or not settings.storage.s3.endpoint:
        return {}
    url = urlsplit(settings.storage.s3.endpoint)
    return {"host": url.hostname, "port": url.port or (80 if url.scheme == "http" else 443)}


def _tls(settings: DistributionSettings) -> dict[str, Any]:
    tls = settings.tls
    section: dict[str, Any] = {}
    match tls.mode:
        case TlsMode.OFF:
            return section
        case TlsMode.LETS_ENCRYPT:
            acme = tls.letsencrypt
            hosts = list(dict.fromkeys([settings.hostname, *acme.hosts]))
            section["letsencrypt"] = {
                "cachefile": ACME_DIRECTORY,
                "email": acme.email,
                "hosts": hosts,
            }
            if acme.directory_url:
                section["letsencrypt"]["directoryurl"] = acme.directory_url
        case _:
            section |= {
                "certificate": f"{CERTIFICATE_DIRECTORY}/{CERTIFICATE_FILE}",
                "key": f"{CERTIFICATE_DIRECTORY}/{PRIVATE_KEY_FILE}",
            }
    if tls.client_cas:
        section["clientcas"] = [f"{CERTIFICATE_DIRECTORY}/{CLIENT_CAS_FILE}"]
    if tls.minimum_tls:
        section["minimumtls"] = tls.minimum_tls.value
    return section


@dataclass(frozen=True)
class ConfigFile:
    """The configuration file of one server."""

    text: pulumi.Output[str]
    """Its content; secret."""
    key: pulumi.Output[str]
    """Random key for a digest of the text, which may contain guessable secrets."""


def declare_config_file(context: Context, settings: DistributionSettings) -> ConfigFile | None:
    """Declare the secrets of a server's configuration file, and return the file.

    :returns: None if the environment expresses all settings.
    """
    if not needs_config_file(settings):
        return None
    s3, server = settings.storage.s3, settings.server
    key = random_string(f"{context.name}-http-secret", context.child_opts)
    secrets = {
        "http_secret": server.http_secret or key,
        "access_key": s3.access_key,
        "secret_key": s3.secret_key,
    }
    resolved = pulumi.Output.all(
        **{name: value for name, value in secrets.items() if value is not None}
    )
    text = resolved.apply(lambda values: render(settings, values))
    return ConfigFile(text=pulumi.Output.secret(text), key=key)
