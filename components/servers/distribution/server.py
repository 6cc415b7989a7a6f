"""CNCF Distribution as a server process."""

from __future__ import annotations

from components.servers.distribution.config_file import needs_config_file
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.environment import (
    READ_ONLY,
    container_port,
    environment,
    server_command,
)
from components.servers.distribution.files import config_directories, file_groups
from components.servers.distribution.routes import PROBE_PATHS, registry_api
from components.servers.distribution.settling import settling_seconds
from components.servers.process import ServerProcess
from components.settings import Flavor, StorageKind


def distribution_process(settings: DistributionSettings) -> ServerProcess:
    """Describe how the server is started with these settings."""
    is_bucket = settings.storage.kind is StorageKind.S3
    return ServerProcess(
        api=registry_api(settings.flavor, settings.server.extra),
        command=server_command(settings),
        environment=environment(settings),
        read_only_environment=READ_ONLY if is_bucket else {},
        port=container_port(settings),
        metrics_port=settings.metrics.port or 0,
        settling_seconds=settling_seconds(
            settings.server.extra, has_metrics=bool(settings.metrics.port)
        ),
        probe_path=PROBE_PATHS[settings.flavor],
        liveness_path="" if _reports_storage(settings) else PROBE_PATHS[settings.flavor],
        config_directories=config_directories(settings),
        file_groups=file_groups(settings),
    )


def _reports_storage(settings: DistributionSettings) -> bool:
    """Return whether every path may return an error because the storage fails.

    `health` in the configuration enables this. CNCF Distribution's image enables it in its own
    configuration file.
    """
    if needs_config_file(settings):
        return "health" in settings.server.extra
    return settings.flavor is Flavor.OCI
