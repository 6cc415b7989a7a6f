"""zot as a server process."""

from __future__ import annotations

from common.types.network import port_of
from components.servers.paths import (
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CERTIFICATE_FILE,
    CONFIG_DIRECTORY,
    HTPASSWD_FILE,
    PRIVATE_KEY_FILE,
)
from components.servers.process import ServerProcess
from components.servers.zot.files import config_directories, file_groups
from components.servers.zot.paths import CONFIG_FILE, DEFAULT_ADDR
from components.servers.zot.reload import RELOAD_COMMAND
from components.servers.zot.zot_settings import ZotSettings
from components.settings import ADMIN, Role
from components.verification.probe import RegistryApi

REPOSITORY = "/v2/pack-registry-verification"
"""Path of a repository. No pack has its name."""

READY_PATH, LIVE_PATH = "/readyz", "/livez"
"""Paths that return 200 without credentials: if the server can serve, and if it runs."""


def zot_process(settings: ZotSettings) -> ServerProcess:
    """Describe how the server is started with these settings."""
    return ServerProcess(
        api=registry_api(settings),
        command=["serve", f"{CONFIG_DIRECTORY}/{CONFIG_FILE}"],
        environment=_stated_files(settings),
        read_only_environment={},
        port=port_of(settings.server.addr or DEFAULT_ADDR),
        settling_seconds=0.0,
        probe_path=READY_PATH,
        liveness_path=LIVE_PATH,
        config_directories=config_directories(settings),
        file_groups=file_groups(settings),
        reload_command=RELOAD_COMMAND,
        cuts_requests=True,
        writes_at_start=True,
        needs_scratch=bool(settings.zot.mirrors),
    )


def _stated_files(settings: ZotSettings) -> dict[str, str]:
    """Return variables that name the server's files, as CNCF Distribution names them.

    zot ignores them. They show what the configuration file requires to those who can't read it,
    for example policies.
    """
    stated = {
        "REGISTRY_AUTH": "htpasswd",
        "REGISTRY_AUTH_HTPASSWD_REALM": settings.realm,
        "REGISTRY_AUTH_HTPASSWD_PATH": f"{AUTH_DIRECTORY}/{HTPASSWD_FILE}",
    }
    if settings.has_certificate:
        stated["REGISTRY_HTTP_TLS_CERTIFICATE"] = f"{CERTIFICATE_DIRECTORY}/{CERTIFICATE_FILE}"
        stated["REGISTRY_HTTP_TLS_KEY"] = f"{CERTIFICATE_DIRECTORY}/{PRIVATE_KEY_FILE}"
    return stated


def registry_api(settings: ZotSettings) -> RegistryApi:
    """Return the routes of a server."""
    others = [user for user in settings.users if user.name != ADMIN]
    readers = [user.name for user in others if user.role is Role.READER]
    return RegistryApi(
        health_path=READY_PATH,
        health_status=200,
        catalog_path="/v2/_catalog",
        protected_paths=("/v2/", "/v2/_catalog"),
        image="a zot image",
        upload_path=f"{REPOSITORY}/blobs/uploads/",
        absent_path=f"{REPOSITORY}/tags/list",
        readers=tuple(readers),
        delays_rejections=settings.zot.fail_delay_seconds > 0,
    )
