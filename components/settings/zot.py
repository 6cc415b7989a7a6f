"""Options of zot, the server with roles for OCI registries."""

from __future__ import annotations

from enum import StrEnum

from common.settings_model import SettingsModel, nested, setting
from common.types.base import OrEmpty
from common.types.credentials import InputSecret, RegistryUsername
from common.types.durations import Duration
from common.types.http import RepositoryPath
from common.types.network import HttpUrl
from common.types.x509 import CertificatePem
from common.types.zot import (
    DelaySeconds,
    RequestRate,
    TagPattern,
    VersionCount,
)


class OciServer(StrEnum):
    """Servers of an OCI registry."""

    ZOT = "zot"
    DISTRIBUTION = "distribution"


class GarbageCollection(SettingsModel):
    """Removal of blobs that no version refers to, next to reads and pushes."""

    enabled: bool = setting(True, "Remove blobs that no version refers to.")
    delay: Duration = setting(
        "1h",
        "Age at which such a blob is removed. An upload must finish within this time.",
        example="2h",
    )
    interval: Duration = setting("24h", "Time between two collections.", example="12h")


class Retention(SettingsModel):
    """Versions of packs that are kept. All by default."""

    keep_versions: VersionCount = setting(
        0,
        "Number of versions to keep of each pack: the newest pushed ones. Garbage collection "
        "removes older ones. 0 keeps all.",
    )
    repositories: list[RepositoryPath] = setting(
        [],
        "Paths of repositories that lose versions, each with everything below it. All by default.",
        allowed="a list of repository paths in lower case",
        example=["packs/spectro-packs"],
    )
    delay: Duration = setting(
        "24h", "Time after its push at which a version can be removed.", example="168h"
    )
    dry_run: bool = setting(
        False,
        "Log the versions that would be removed, and keep them. Requires logLevel info or debug.",
    )


class Mirror(SettingsModel):
    """Another registry whose packs this registry copies."""

    url: HttpUrl = setting(..., "URL of the registry.", example="https://central.example.com")
    repositories: list[RepositoryPath] = setting(
        [],
        "Paths of repositories to copy, each with everything below it. They keep their names. All "
        "by default.",
        allowed="a list of repository paths in lower case",
        example=["packs/spectro-packs"],
    )
    tags: OrEmpty[TagPattern] = setting(
        "", "Regular expression of the versions to copy at intervals. All by default."
    )
    on_demand: bool = setting(
        True, "Copy a version when a client requests it and it is not here yet."
    )
    interval: OrEmpty[Duration] = setting(
        "",
        "Time between two copies of all versions. The first copy starts with the server. Without "
        "it, only requested versions are copied.",
    )
    username: OrEmpty[RegistryUsername] = setting("", "User of the registry.")
    password: InputSecret | None = setting(None, "Password of the user.")
    ca_pem: CertificatePem | None = setting(
        None,
        "CA certificate in PEM with which the registry is verified. If it is not set, the public "
        "CAs are trusted.",
    )


class Zot(SettingsModel):
    """Options of zot."""

    garbage_collection: GarbageCollection = nested(
        GarbageCollection, "Removal of blobs that no version refers to, next to reads and pushes."
    )
    retention: Retention = nested(Retention, "Versions of packs that are kept.")
    mirrors: list[Mirror] = setting(
        [],
        "Other registries whose packs this registry copies.",
        allowed="a list of registries, each an object with a url",
        example=[{"url": "https://central.example.com", "interval": "1h"}],
    )
    scrub_interval: OrEmpty[Duration] = setting(
        "168h",
        "Time between two checks of all blobs against their digests. The log shows the damaged "
        "ones, unless logLevel is error. The first check starts with the server. Empty for no "
        "checks.",
        example="24h",
    )
    metrics: bool = setting(True, "Metrics for Prometheus at /metrics. They require credentials.")
    metrics_users: list[RegistryUsername] = setting(
        [],
        "Users who can read the metrics, in addition to `admin`. Prometheus uses the first one.",
        allowed="a list of names from users",
        example=["prometheus"],
    )
    audit: bool = setting(
        True,
        "Log every change with its user, path and address to the server's log. Requires logLevel "
        "info or debug.",
    )
    web: bool = setting(
        False,
        "Web page of the registry at its endpoint, and the search that it uses. The page requires "
        "zot's full image. Without credentials, the search shows zot's version and login methods.",
    )
    fail_delay_seconds: DelaySeconds = setting(
        1,
        "Time by which the response to a failed login or a denied request is delayed. 0 for no "
        "delay.",
    )
    rate_limit: RequestRate = setting(
        0,
        "Requests per second that the server accepts from one address. It answers others with "
        "429. It believes X-Forwarded-For, so only a proxy that sets this header enforces the "
        "limit for all clients. 0 for no limit.",
    )
