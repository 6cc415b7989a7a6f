"""Configuration file of zot: all of its settings but the users' passwords.

zot's documentation ("Configuring zot") and its schema describe the keys. ``schema.py`` checks the
file before it is written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from common.errors import UserError
from common.redaction import register_secrets
from common.types.network import host_of, port_of
from components.servers.overrides import merge
from components.servers.paths import (
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CERTIFICATE_FILE,
    HTPASSWD_FILE,
    PRIVATE_KEY_FILE,
)
from components.servers.zot.access import access_control, pattern
from components.servers.zot.extensions import extensions
from components.servers.zot.paths import (
    BUCKET_DIRECTORY,
    CACHE_DIRECTORY,
    DEFAULT_ADDR,
    ROOT_DIRECTORY,
)
from components.servers.zot.reload import END_OF_DOCUMENT
from components.servers.zot.schema import schema_issues
from components.servers.zot.sessions import session_options
from components.servers.zot.zot_settings import ZotSettings
from components.settings import StorageKind

SPECIFICATION = "1.1.1"
"""Version of the OCI distribution specification. zot warns if it is missing."""

LONGEST_REQUEST = "1h"
"""Time for a whole request, so that a slow client can push and pull a large pack."""


def build(
    settings: ZotSettings, secrets: Mapping[str, str], *, changes_packs: bool = True
) -> dict[str, Any]:
    """Return the content of the file.

    :param secrets: with access keys `access_key` and `secret_key`.
    :param changes_packs: whether the server removes, checks and copies packs by itself. In a smoke
        test, it must not.
    """
    found = {
        "distSpecVersion": SPECIFICATION,
        "storage": _storage(settings, secrets, changes_packs=changes_packs),
        "http": _http(settings),
        "log": _log(settings),
        "extensions": extensions(settings.zot, changes_packs=changes_packs),
    }
    return merge(found, settings.server.extra)


def render(settings: ZotSettings, secrets: Mapping[str, str], *, changes_packs: bool = True) -> str:
    """Return the text of the file.

    :param secrets: as for ``build``.
    :param changes_packs: as for ``build``.
    :raises UserError: if the server would reject the file.
    """
    register_secrets(secrets)
    configuration = build(settings, secrets, changes_packs=changes_packs)
    if issues := list(schema_issues(configuration)):
        raise UserError(
            "The server would reject its configuration file. The file was not written."
            + "".join(f"\n  - {issue}" for issue in issues)
        )
    return json.dumps(configuration, indent=2) + END_OF_DOCUMENT


def _http(settings: ZotSettings) -> dict[str, Any]:
    addr = settings.server.addr or DEFAULT_ADDR
    section: dict[str, Any] = {
        "address": host_of(addr) or "0.0.0.0",  # noqa: S104 - clients reach the container
        "port": str(port_of(addr)),
        "realm": settings.realm,
        # zot's default of 60 seconds would cut off large packs.
        "readTimeout": LONGEST_REQUEST,
        "writeTimeout": LONGEST_REQUEST,
        # Docker's media types are accepted, as CNCF Distribution does.
        "compat": ["docker2s2"],
        "auth": {
            "htpasswd": {"path": f"{AUTH_DIRECTORY}/{HTPASSWD_FILE}"},
            "failDelay": settings.zot.fail_delay_seconds,
            **session_options(settings),
        },
        "accessControl": access_control(
            settings.users, metrics=settings.zot.metrics_users if settings.zot.metrics else None
        ),
    }
    if settings.has_certificate:
        section["tls"] = {
            "cert": f"{CERTIFICATE_DIRECTORY}/{CERTIFICATE_FILE}",
            "key": f"{CERTIFICATE_DIRECTORY}/{PRIVATE_KEY_FILE}",
        }
    if settings.public_endpoint:
        section["externalUrl"] = settings.public_endpoint.rstrip("/")
    if settings.zot.rate_limit:
        section["ratelimit"] = {"rate": settings.zot.rate_limit}
    return section


def _log(settings: ZotSettings) -> dict[str, Any]:
    section = {"level": settings.log_level.value}
    return section | ({"audit": "/dev/stdout"} if settings.zot.audit else {})


def _storage(
    settings: ZotSettings, secrets: Mapping[str, str], *, changes_packs: bool
) -> dict[str, Any]:
    collection = settings.zot.garbage_collection
    is_bucket = settings.storage.kind is StorageKind.S3
    section: dict[str, Any] = {
        "rootDirectory": CACHE_DIRECTORY if is_bucket else ROOT_DIRECTORY,
        # With it, a reader's HEAD of a blob can create a repository, and a bucket whose database
        # is lost has empty blobs (zot 2.1.20, `routes.go` CheckBlob, `imagestore.go` copyBlob).
        "dedupe": False,
        # A pack is on the disk before its push is acknowledged.
        "commit": not is_bucket,
        "gc": collection.enabled and changes_packs,
    }
    if section["gc"]:
        section |= {"gcDelay": collection.delay, "gcInterval": collection.interval}
        section |= _retention(settings)
    if is_bucket:
        section["storageDriver"] = dict(_bucket(settings, secrets))
    return section


def _retention(settings: ZotSettings) -> dict[str, Any]:
    retention = settings.zot.retention
    if not retention.keep_versions:
        return {}
    # A version is kept if one of the two applies. `delay` itself is only for manifests without a
    # version (zot 2.1.20, `pkg/storage/gc/gc.go`).
    kept = {
        "patterns": [".*"],
        "mostRecentlyPushedCount": retention.keep_versions,
        "pushedWithin": retention.delay,
    }
    policy: dict[str, Any] = {
        "repositories": [pattern(path) for path in retention.repositories or [""]],
        "deleteReferrers": False,
        "deleteUntagged": True,
        "keepTags": [kept],
    }
    return {
        "retention": {
            "dryRun": retention.dry_run,
            "delay": retention.delay,
            "policies": [policy],
        }
    }


def _bucket(settings: ZotSettings, secrets: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield the parameters of CNCF Distribution's driver, which zot uses."""
    s3 = settings.storage.s3
    options = {
        "name": "s3",
        "bucket": s3.bucket,
        "region": s3.region,
        "rootdirectory": "/" + "/".join(filter(None, [s3.prefix, BUCKET_DIRECTORY])),
        "regionendpoint": s3.endpoint or None,
        "forcepathstyle": s3.path_style,
        "secure": urlsplit(s3.endpoint).scheme != "http",
        "skipverify": False,
        "encrypt": s3.encrypt or None,
        "accesskey": secrets.get("access_key"),
        "secretkey": secrets.get("secret_key"),
    }
    yield from ((name, value) for name, value in options.items() if value is not None)
