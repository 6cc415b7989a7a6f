"""CNCF Distribution as a server process."""

from __future__ import annotations

from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.environment import (
    READ_ONLY,
    container_port,
    environment,
    server_command,
)
from components.servers.distribution.files import config_directories, file_groups
from components.servers.distribution.routes import registry_api
from components.servers.distribution.settling import settling_seconds
from components.servers.process import ServerProcess
from components.settings import StorageKind


def distribution_process(settings: DistributionSettings) -> ServerProcess:
    """Describe how the server is started with these settings."""
    is_bucket = settings.storage.kind is StorageKind.S3
    return ServerProcess(
        api=registry_api(settings.flavor, settings.server.extra),
        command=server_command(settings),
        environment=environment(settings),
        read_only_environment=READ_ONLY if is_bucket else {},
        port=container_port(settings),
        settling_seconds=settling_seconds(settings.server.extra),
        config_directories=config_directories(settings),
        file_groups=file_groups(settings),
    )
