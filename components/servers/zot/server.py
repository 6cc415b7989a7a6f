"""zot as a server process."""

from __future__ import annotations

from common.types.network import port_of
from components.servers.file_variables import file_variables
from components.servers.paths import CONFIG_DIRECTORY
from components.servers.process import SERVER_ID, ServerProcess
from components.servers.zot.files import config_directories, file_groups
from components.servers.zot.paths import CONFIG_FILE, DEFAULT_ADDR, ROOT_DIRECTORY
from components.servers.zot.reload import RELOAD_COMMAND, reloaded_line
from components.servers.zot.zot_settings import ZotSettings
from components.settings import ADMIN, Role
from components.verification.probe import RegistryApi

REPOSITORY = "/v2/pack-registry-verification"
"""Path of a repository. No pack has its name."""

UPLOAD_SIZE = 65536
"""Bytes that need space. zot only creates an empty file when an upload starts. It ignores an error
if it writes no more than its buffer of 4096 bytes at the end of a request."""

READY_PATH, LIVE_PATH = "/readyz", "/livez"
"""Paths that return 200 without credentials: if the server can serve, and if it runs."""


def zot_process(settings: ZotSettings) -> ServerProcess:
    """Describe how the server is started with these settings."""
    return ServerProcess(
        api=registry_api(settings),
        command=["serve", f"{CONFIG_DIRECTORY}/{CONFIG_FILE}"],
        # zot ignores the variables. Policies read them.
        environment=file_variables(settings.realm, has_certificate=settings.has_certificate),
        read_only_environment={},
        port=port_of(settings.server.addr or DEFAULT_ADDR),
        settling_seconds=0.0,
        probe_path=READY_PATH,
        liveness_path=LIVE_PATH,
        config_directories=config_directories(settings),
        file_groups=file_groups(settings),
        reload_command=RELOAD_COMMAND,
        reloaded_line=reloaded_line(settings.log_level),
        cuts_requests=True,
        writes_at_start=True,
        needs_scratch=bool(settings.zot.mirrors),
        user_id=SERVER_ID,
        packs_directory=ROOT_DIRECTORY if settings.uses_filesystem else "",
    )


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
        upload_size=UPLOAD_SIZE,
        absent_path=f"{REPOSITORY}/tags/list",
        readers=tuple(readers),
        delays_rejections=settings.zot.fail_delay_seconds > 0,
    )
