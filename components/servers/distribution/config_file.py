"""The server's YAML file, for settings that its environment can't carry or that are secret.

It starts from the configuration that the official image brings with it (Palette's guide, "Advanced Configuration"); a header of it whose
quote is not closed is mended here. Its keys are those of CNCF Distribution's configuration reference, and it is checked against them before
it is written. Left out on purpose: what else a user may add (``components/server_file_extra.py``), and how the file reaches the server
(``components/config_volume.py``).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from common.errors import UserError
from components.servers.distribution import schema
from components.servers.distribution.paths import (
    ACME_DIRECTORY,
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CERTIFICATE_FILE,
    CLIENT_CAS_FILE,
    DEFAULT_ADDR,
    HTPASSWD_FILE,
    PRIVATE_KEY_FILE,
    ROOT_DIRECTORIES,
)
from components.settings import LogFormat, Settings, StorageKind, TlsMode
from components.users.passwords import random_string

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=63072000; includeSubdomains; preload",
    "Content-Security-Policy": "img-src 'self'; script-src 'self'; style-src 'self'",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
    "Referrer-Policy": "same-origin",
}
"""The response headers of the official image's configuration."""


def needs_config_file(settings: Settings) -> bool:
    """Whether a registry has a setting that only the file can carry."""
    server, tls = settings.server, settings.tls
    return bool(
        server.log_format
        or server.log_fields
        or server.headers
        or server.drain_seconds
        or server.addr
        or server.http_secret
        or server.extra
        or tls.minimum_tls
        or tls.client_cas
        or tls.mode is TlsMode.LETS_ENCRYPT
        or settings.storage.kind in (StorageKind.S3, StorageKind.MEMORY)
    )


def build(settings: Settings, known: Mapping[str, str]) -> dict[str, Any]:
    """What the file says.

    :param known: the secret texts by name: `http_secret`, and where they are used `access_key` and `secret_key`.
    """
    return _merged(_typed(settings, known), settings.server.extra)


def render(settings: Settings, known: Mapping[str, str]) -> str:
    """The file's text.

    :raises UserError: where no server would take it.
    """
    import yaml

    said = build(settings, known)
    if faults := list(schema.schema_issues(said)):
        raise UserError(
            "The server's YAML file would not be taken; it was not written.\n"
            + "\n".join(f"  - {fault}" for fault in faults)
        )
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=1000)


def _typed(settings: Settings, known: Mapping[str, str]) -> dict[str, Any]:
    server = settings.server
    log: dict[str, Any] = {
        "level": settings.log_level.value,
        "fields": {"service": "registry", **server.log_fields},
    }
    if server.log_format:
        log["formatter"] = LogFormat(server.log_format).value
    http: dict[str, Any] = {
        "addr": server.addr or DEFAULT_ADDR,
        "secret": known["http_secret"],
        "headers": {name: [value] for name, value in _headers(server.headers).items()},
    }
    if server.drain_seconds:
        http["draintimeout"] = f"{server.drain_seconds}s"
    if tls := _tls(settings):
        http["tls"] = tls
    return {
        "version": 0.1,
        "log": log,
        "storage": {"cache": {"blobdescriptor": "inmemory"}, **_storage(settings, known)},
        "http": http,
        "auth": {
            "htpasswd": {"realm": settings.realm, "path": f"{AUTH_DIRECTORY}/{HTPASSWD_FILE}"}
        },
    }


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    """The guide's headers and the given ones; names differ by more than case."""
    names = {name.lower() for name in given}
    return {name: value for name, value in HEADERS.items() if name.lower() not in names} | dict(
        given
    )


def _storage(settings: Settings, known: Mapping[str, str]) -> dict[str, Any]:
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
                "forcepathstyle": s3.path_style or None,
                "secure": not s3.endpoint.startswith("http://"),
                "encrypt": s3.encrypt,
                "accesskey": known.get("access_key"),
                "secretkey": known.get("secret_key"),
            }
            return {"s3": {name: value for name, value in options.items() if value is not None}}
    return {"filesystem": {"rootdirectory": ROOT_DIRECTORIES[settings.flavor]}}


def _tls(settings: Settings) -> dict[str, Any]:
    given = settings.tls
    tls: dict[str, Any] = {}
    match given.mode:
        case TlsMode.OFF:
            return tls
        case TlsMode.LETS_ENCRYPT:
            acme = given.letsencrypt
            hosts = list(dict.fromkeys([settings.hostname, *acme.hosts]))
            tls["letsencrypt"] = {"cachefile": ACME_DIRECTORY, "email": acme.email, "hosts": hosts}
            if acme.directory_url:
                tls["letsencrypt"]["directoryurl"] = acme.directory_url
        case _:
            tls |= {
                "certificate": f"{CERTIFICATE_DIRECTORY}/{CERTIFICATE_FILE}",
                "key": f"{CERTIFICATE_DIRECTORY}/{PRIVATE_KEY_FILE}",
            }
    if given.client_cas:
        tls["clientcas"] = [f"{CERTIFICATE_DIRECTORY}/{CLIENT_CAS_FILE}"]
    if given.minimum_tls:
        tls["minimumtls"] = given.minimum_tls.value
    return tls


def _merged(typed: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(typed)
    for name, value in extra.items():
        merged[name] = (
            _merged(typed[name], value)
            if isinstance(value, dict) and isinstance(typed.get(name), dict)
            else value
        )
    return merged


@dataclass(frozen=True)
class ConfigFile:
    """The file of one server."""

    text: pulumi.Output[str]
    """What it says; secret."""
    digest: pulumi.Output[str]
    """A keyed digest of the text, in hex: who has it can neither read nor guess anything of the file."""


def declare_config_file(
    name: str, settings: Settings, child: pulumi.ResourceOptions
) -> ConfigFile | None:
    """Declare the file of a registry; none where its environment says everything.

    :param name: the component's name, the prefix of its children's.
    :param child: options of the component's children.
    """
    if not needs_config_file(settings):
        return None
    s3, server = settings.storage.s3, settings.server
    key = random_string(f"{name}-http-secret", child)
    secrets = {
        "http_secret": server.http_secret or key,
        "access_key": s3.access_key,
        "secret_key": s3.secret_key,
    }
    known = pulumi.Output.all(
        key=key, **{secret: value for secret, value in secrets.items() if value is not None}
    )
    text = known.apply(lambda values: render(settings, values))
    digest = pulumi.Output.all(key, text).apply(
        lambda values: hmac.digest(values[0].encode(), values[1].encode(), hashlib.sha256).hex()[
            :32
        ]
    )
    return ConfigFile(text=pulumi.Output.secret(text), digest=pulumi.Output.unsecret(digest))
