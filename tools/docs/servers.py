"""``docs/reference/servers.md``: what each server can do, as the validation of settings says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from components.servers.conflicts import server_conflicts
from components.servers.server import registry_server
from components.settings import Role, Settings, StorageKind, TlsMode
from tools.docs.markdown import page, table

Config = dict[str, Any]

PACK: Config = {"flavor": "pack"}
ZOT: Config = {"flavor": "oci", "ociServer": "zot"}
DISTRIBUTION: Config = {"flavor": "oci", "ociServer": "distribution"}
SERVERS = {
    "pack registry": PACK,
    "zot": ZOT,
    "CNCF Distribution": DISTRIBUTION,
}

INTRODUCTION = """
`flavor: pack` is Palette's pack registry. `flavor: oci` runs zot, or CNCF Distribution with
`ociServer: distribution`. If a server can't carry out a setting, the setting is rejected with a
sentence that says what to set instead. This table shows what the validation accepts. `admin` is
always an admin.

[OCI conformance](../explanation/conformance.md) shows how the servers of OCI registries answer.
"""

KUBERNETES: Config = {
    "target": "kubernetes",
    "storage": {"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}},
    "kubernetes": {"replicas": 3},
}
NOTIFICATIONS: Config = {"endpoints": [{"name": "audit", "url": "https://audit.example.com"}]}
DELETION: Config = {"storage": {"delete": {"enabled": True}}}
CA = "-----BEGIN CERTIFICATE-----"
MIRROR = {"url": "https://central.example.com"}


def settings_of(server: Config, config: Config) -> Settings:
    """Return settings of a server, without other users than `admin` if none are given."""
    return Settings.model_validate(
        {"hostname": "registry.example.com", "users": [], **server, **config}
    )


def accepts(server: Config, config: Config) -> bool:
    """Return whether a server can carry out settings."""
    return not list(server_conflicts(settings_of(server, config)))


def _setting(**config: Any) -> Callable[[Config], str]:
    return lambda server: "yes" if accepts(server, config) else "no"


def _list(values: Iterable[str], config: Callable[[str], Config]) -> Callable[[Config], str]:
    def accepted(server: Config) -> str:
        names = [value for value in values if accepts(server, config(value))]
        return ", ".join(f"`{name}`" for name in names)

    return accepted


def _user(role: str, **more: Any) -> Config:
    return {"users": [{"name": "ci", "role": role, **more}]}


def _repositories(server: Config) -> str:
    configs = [_user(role, repositories=["packs/team-a"]) for role in Role]
    return "yes" if any(accepts(server, config) for config in configs) else "no"


def _deletion(server: Config) -> str:
    if settings_of(server, {}).uses_zot:
        return "role `admin`"
    if server is PACK:
        return "`admin`, if the image allows it"
    assert accepts(server, {"server": {"extra": DELETION}})  # noqa: S101 - the next line says so
    return "no; every user with `storage.delete` in `server.extra`"


def _collection(server: Config) -> str:
    if accepts(server, {"zot": {"garbageCollection": {"enabled": True}}}):
        return "yes"
    return "[by hand](../how-to/storage.md#collect-garbage-by-hand)"


def _metrics(server: Config) -> str:
    if accepts(server, {"zot": {"metrics": True}}):
        return "`/metrics`, for `admin`"
    assert accepts(server, {"metrics": {"port": 5001}})  # noqa: S101 - the next line says so
    return "with `metrics.port`"


def _reload(server: Config) -> str:
    reads_once = registry_server(settings_of(server, {})).process.reads_users_once
    return "on Docker, without `zot.web`" if reads_once else "yes"


def _drain(server: Config) -> str:
    cuts = registry_server(settings_of(server, {})).process.cuts_requests
    return "cut off on Docker" if cuts else "up to `server.drainSeconds`"


def _user_on_docker(server: Config) -> str:
    user = registry_server(settings_of(server, {})).process.user_id
    if user is None:
        return "the user of the image"
    return f"[{user}, if it owns the packs](../how-to/oci.md#run-zot-without-root)"


ROWS: dict[str, Callable[[Config], str]] = {
    "Roles of users (`users[].role`)": _list(Role, _user),
    "Access to some repositories only (`users[].repositories`)": _repositories,
    "Deletes packs": _deletion,
    "Collects garbage next to traffic (`zot.garbageCollection`)": _collection,
    "Keeps the newest versions (`zot.retention`)": _setting(
        zot={"retention": {"keepVersions": 10}}
    ),
    "Checks stored packs (`zot.scrubInterval`)": _setting(zot={"scrubInterval": "24h"}),
    "Copies packs from another registry (`zot.mirrors`)": _setting(zot={"mirrors": [MIRROR]}),
    "Referrers: signatures and SBOMs of a pack": lambda server: "yes" if server is ZOT else "no",
    "Metrics": _metrics,
    "Log of changes (`zot.audit`)": _setting(zot={"audit": True}),
    "Sends events to a receiver (`notifications`)": _setting(notifications=NOTIFICATIONS),
    "Web page (`zot.web`)": _setting(zot={"web": True}),
    "Delays failed logins (`zot.failDelaySeconds`)": _setting(zot={"failDelaySeconds": 1}),
    "Limits requests (`zot.rateLimit`)": _setting(zot={"rateLimit": 500}),
    "Changes passwords without a restart": _reload,
    "Running requests at a stop": _drain,
    "User on Docker": _user_on_docker,
    "TLS modes (`tls.mode`)": _list(TlsMode, lambda mode: {"tls": {"mode": mode}}),
    "Minimum TLS 1.3 (`tls.minimumTls`)": _setting(tls={"minimumTls": "tls1.3"}),
    "Client certificates (`tls.clientCas`)": _setting(tls={"clientCas": [CA]}),
    "Response headers (`server.headers`)": _setting(server={"headers": {"X-Team": "packs"}}),
    "Log fields (`server.logFields`)": _setting(server={"logFields": {"team": "packs"}}),
    "Storage kinds (`storage.kind`)": _list(StorageKind, lambda kind: {"storage": {"kind": kind}}),
    "Several servers (`kubernetes.replicas`)": _setting(**KUBERNETES),
}
"""What a server can do, by title."""


def render() -> str:
    """Render the page."""
    rows = ([title, *(ask(server) for server in SERVERS.values())] for title, ask in ROWS.items())
    return page("What each server can do", INTRODUCTION, table(["", *SERVERS], rows))
