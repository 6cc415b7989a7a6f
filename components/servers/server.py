"""The server of a registry: how it is started, and the files that it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from components.context import Context
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.files import declare_distribution_files
from components.servers.distribution.server import distribution_process
from components.servers.inputs import ServerFiles
from components.servers.process import ServerProcess
from components.servers.zot.files import declare_zot_files
from components.servers.zot.server import zot_process
from components.servers.zot.zot_settings import ZotSettings
from components.settings import Settings
from components.tls.certificate import Certificate
from components.users.htpasswd import Credentials


@dataclass(frozen=True)
class RegistryServer:
    """A server that the settings select."""

    process: ServerProcess
    declare_files: Callable[[Context, Certificate | None, Credentials], ServerFiles]
    """Declares the secrets of its configuration, and returns its files."""


def registry_server(settings: Settings) -> RegistryServer:
    """Return the server of a registry: the one place that knows all servers."""
    if settings.uses_zot:
        zot = ZotSettings.of(settings)
        return RegistryServer(zot_process(zot), lambda *inputs: declare_zot_files(zot, *inputs))
    distribution = DistributionSettings.of(settings)
    return RegistryServer(
        distribution_process(distribution),
        lambda *inputs: declare_distribution_files(distribution, *inputs),
    )
