"""TODO describe."""

from __future__ import annotations

from common.types.network import port_of
from components.servers.distribution import config_file
from components.servers.distribution.paths import (
    ACME_CA_FILE,
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CERTIFICATE_FILE,
    CONFIG_DIRECTORY,
    DEFAULT_ADDR,
    HTPASSWD_FILE,
    PRIVATE_KEY_FILE,
    ROOT_DIRECTORIES,
    YAML_FILE,
)
from components.settings import Flavor, Settings, TlsMode


def environment(settings: Settings) -> dict[str, str]:
    """The server's environment as the guide sets it, and for CNCF Distribution where its packs are; nothing in it is secret."""
    env = {
        "REGISTRY_LOG_LEVEL": settings.log_level.value,
        "REGISTRY_AUTH": "htpasswd",
        "REGISTRY_AUTH_HTPASSWD_REALM": settings.realm,
        "REGISTRY_AUTH_HTPASSWD_PATH": f"{AUTH_DIRECTORY}/{HTPASSWD_FILE}",
    }
    if settings.https and settings.tls.mode is not TlsMode.LETS_ENCRYPT:
        env["REGISTRY_HTTP_TLS_CERTIFICATE"] = f"{CERTIFICATE_DIRECTORY}/{CERTIFICATE_FILE}"
        env["REGISTRY_HTTP_TLS_KEY"] = f"{CERTIFICATE_DIRECTORY}/{PRIVATE_KEY_FILE}"
    if (
        settings.flavor is Flavor.OCI and settings.in_files
    ):  # its image's own default is not on the data volume
        env["REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"] = ROOT_DIRECTORIES[settings.flavor]
    if settings.tls.letsencrypt.directory_ca_pem is not None:
        env["SSL_CERT_FILE"] = (
            f"{CONFIG_DIRECTORY}/{ACME_CA_FILE}"  # Go's crypto/x509 trusts what this names
        )
    return env


def container_port(settings: Settings) -> int:
    """The port on which the server listens inside its container."""
    return port_of(settings.server.addr or DEFAULT_ADDR)


def server_command(settings: Settings) -> list[str] | None:
    """What the server is started with; the image's own command where its environment says everything."""
    return (
        ["serve", f"{CONFIG_DIRECTORY}/{YAML_FILE}"]
        if config_file.needs_config_file(settings)
        else None
    )


READ_ONLY = {
    "REGISTRY_STORAGE_MAINTENANCE_READONLY": '{"enabled": true}',
    "REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING": '{"enabled": false}',
}
"""What keeps CNCF Distribution from changing a storage (its configuration reference, "maintenance"); a map can only be set as a whole."""
