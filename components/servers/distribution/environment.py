"""Environment variables and command of CNCF Distribution."""

from __future__ import annotations

from common.types.network import port_of
from components.servers.distribution.config_file import needs_config_file
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.paths import CONFIG_FILE, DEFAULT_ADDR, ROOT_DIRECTORIES
from components.servers.file_variables import DEBUG_ADDRESS_VARIABLE, file_variables
from components.servers.paths import ACME_CA_FILE, CONFIG_DIRECTORY
from components.settings import Flavor

READ_ONLY = {
    "REGISTRY_STORAGE_MAINTENANCE_READONLY": '{"enabled": true}',
    "REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING": '{"enabled": false}',
}
"""Variables that keep the server from changing a storage (Distribution's configuration reference,
"maintenance"). A map can only be set as a whole."""


def environment(settings: DistributionSettings) -> dict[str, str]:
    """Return the server's environment, as Palette's guide sets it. None of it is secret."""
    env = {
        "REGISTRY_LOG_LEVEL": settings.log_level.value,
        **file_variables(settings.realm, has_certificate=settings.has_certificate_files),
    }
    if settings.drain_seconds and not needs_config_file(settings):
        env["REGISTRY_HTTP_DRAINTIMEOUT"] = f"{settings.drain_seconds}s"
    if settings.flavor is Flavor.OCI and settings.uses_filesystem:
        # The image's default is not in the data directory.
        env["REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"] = ROOT_DIRECTORIES[settings.flavor]
    if settings.metrics.port:
        # Also with a configuration file: policies compare the address with the published ports.
        env[DEBUG_ADDRESS_VARIABLE] = f":{settings.metrics.port}"
        env["REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED"] = "true"
    if settings.tls.letsencrypt.directory_ca_pem is not None:
        # Go's crypto/x509 trusts the certificates in this file.
        env["SSL_CERT_FILE"] = f"{CONFIG_DIRECTORY}/{ACME_CA_FILE}"
    return env


def container_port(settings: DistributionSettings) -> int:
    """Return the port on which the server listens in its container."""
    return port_of(settings.server.addr or DEFAULT_ADDR)


def server_command(settings: DistributionSettings) -> list[str] | None:
    """Return the server's command; None for the image's, if there is no configuration file."""
    if not needs_config_file(settings):
        return None
    return ["serve", f"{CONFIG_DIRECTORY}/{CONFIG_FILE}"]
