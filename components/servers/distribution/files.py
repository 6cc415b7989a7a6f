"""TODO describe."""

from __future__ import annotations

import pulumi

from components.servers.distribution import config_file
from components.servers.distribution.config_file import ConfigFile
from components.servers.distribution.paths import (
    ACME_CA_FILE,
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CERTIFICATE_FILE,
    CLIENT_CAS_FILE,
    CONFIG_DIRECTORY,
    HTPASSWD_FILE,
    PRIVATE_KEY_FILE,
    YAML_FILE,
)
from components.settings import Settings
from components.tls.certificate import Certificate
from components.tls.provided import public_certificates
from components.users.htpasswd import Credentials

USERS = "users"
"""What the writer of the htpasswd file is named after."""
CERTIFICATE = "certificate"
"""What the writer of the certificate is named after; in HTTP mode there is none."""
CONFIGURATION = "configuration"
"""What the writer of the YAML file, and of what it names, is named after; it is there where such a file is needed."""


Files = dict[str, tuple[pulumi.Input[str], str]]
"""Files by name, each with its content and its mode."""


def server_files(
    settings: Settings,
    certificate: Certificate | None,
    credentials: Credentials,
    yaml: ConfigFile | None,
) -> dict[str, Files]:
    """The server's files, by what their writer is named after.

    :param yaml: the server's YAML file, where it needs one.
    """
    key_mode = settings.server.private_key_mode
    files: dict[str, Files] = {USERS: {HTPASSWD_FILE: (credentials.htpasswd, "0444")}}
    if certificate and certificate.chain_and_key:
        chain, key = certificate.chain_and_key
        files[CERTIFICATE] = {CERTIFICATE_FILE: (chain, "0444"), PRIVATE_KEY_FILE: (key, key_mode)}
    if yaml is not None:
        files[CONFIGURATION] = {YAML_FILE: (yaml.text, key_mode), **_named_by_yaml(settings)}
    return files


def config_directories(settings: Settings) -> list[str]:
    """Where the server has the volume."""
    needed = {
        AUTH_DIRECTORY: True,
        CERTIFICATE_DIRECTORY: settings.https,
        CONFIG_DIRECTORY: config_file.needs_config_file(settings),
    }
    return [directory for directory, is_needed in needed.items() if is_needed]


def _named_by_yaml(settings: Settings) -> Files:
    """The public files that the YAML file names."""
    files: Files = {}
    if settings.tls.client_cas:
        client_cas = [
            public_certificates(given, f"tls.clientCas[{index}]")
            for index, given in enumerate(settings.tls.client_cas)
        ]
        files[CLIENT_CAS_FILE] = (pulumi.Output.concat(*client_cas), "0444")
    if settings.tls.letsencrypt.directory_ca_pem is not None:
        files[ACME_CA_FILE] = (
            public_certificates(
                settings.tls.letsencrypt.directory_ca_pem, "tls.letsencrypt.directoryCaPem"
            ),
            "0444",
        )
    return files
