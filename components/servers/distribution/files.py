"""Files that CNCF Distribution reads: users, certificate and configuration."""

from __future__ import annotations

from functools import partial

import pulumi

from components.context import Context
from components.servers.distribution.config_file import declare_config_file, needs_config_file
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.paths import CONFIG_FILE
from components.servers.files import PUBLIC, common_files, files_digest
from components.servers.inputs import ServerFiles
from components.servers.paths import (
    ACME_CA_FILE,
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CLIENT_CAS_FILE,
    CONFIG_DIRECTORY,
)
from components.servers.process import FileGroup, Files
from components.settings import Tls, TlsMode
from components.tls.certificate import Certificate
from components.tls.provided import public_certificates
from components.users.htpasswd import Credentials


def declare_distribution_files(
    settings: DistributionSettings,
    context: Context,
    certificate: Certificate | None,
    credentials: Credentials,
) -> ServerFiles:
    """Declare the secrets of the configuration file, and return the server's files.

    Without a configuration file, the only secret that the server reads once is the private key.
    """
    config_file = declare_config_file(context, settings)
    key_mode = settings.server.private_key_mode
    files = common_files(certificate, credentials, key_mode)
    if config_file is not None:
        files[FileGroup.CONFIGURATION] = {
            CONFIG_FILE: (config_file.text, key_mode),
            **_referenced_files(settings.tls),
        }
    key = config_file.key if config_file else ""
    return ServerFiles(
        groups=files,
        # The server reads the users at every request.
        digest=files_digest(files, key, {FileGroup.USERS}),
        all_digest=partial(files_digest, files, key, frozenset()),
        test_groups=files,
    )


def file_groups(settings: DistributionSettings) -> list[FileGroup]:
    """Return the groups that ``server_files`` returns for these settings."""
    needed = {
        FileGroup.USERS: True,
        FileGroup.CERTIFICATE: settings.writes_certificate_files,
        FileGroup.CONFIGURATION: needs_config_file(settings),
    }
    return [group for group, is_needed in needed.items() if is_needed]


def config_directories(settings: DistributionSettings) -> list[str]:
    """Return the directories in which the server reads its files."""
    needed = {
        AUTH_DIRECTORY: True,
        CERTIFICATE_DIRECTORY: settings.tls.mode is not TlsMode.OFF,
        CONFIG_DIRECTORY: needs_config_file(settings),
    }
    return [directory for directory, is_needed in needed.items() if is_needed]


def _referenced_files(tls: Tls) -> Files:
    """Return the public files that the configuration file refers to."""
    files: Files = {}
    if tls.client_cas:
        client_cas = [
            public_certificates(ca, f"tls.clientCas[{index}]")
            for index, ca in enumerate(tls.client_cas)
        ]
        files[CLIENT_CAS_FILE] = (pulumi.Output.concat(*client_cas), PUBLIC)
    directory_ca = tls.letsencrypt.directory_ca_pem
    if directory_ca is not None:
        setting = "tls.letsencrypt.directoryCaPem"
        files[ACME_CA_FILE] = (public_certificates(directory_ca, setting), PUBLIC)
    return files
