"""Files that CNCF Distribution reads: users, certificate and configuration."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import pulumi

from components.servers.distribution.config_file import ConfigFile, needs_config_file
from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.paths import CONFIG_FILE
from components.servers.paths import (
    ACME_CA_FILE,
    AUTH_DIRECTORY,
    CERTIFICATE_DIRECTORY,
    CERTIFICATE_FILE,
    CLIENT_CAS_FILE,
    CONFIG_DIRECTORY,
    HTPASSWD_FILE,
    PRIVATE_KEY_FILE,
)
from components.servers.process import FileGroup, Files
from components.settings import Tls, TlsMode
from components.tls.certificate import Certificate
from components.tls.provided import public_certificates
from components.users.htpasswd import Credentials

PUBLIC = "0444"
"""Mode of files that the server reads, whichever user runs it."""


def server_files(
    settings: DistributionSettings,
    certificate: Certificate | None,
    credentials: Credentials,
    config_file: ConfigFile | None,
) -> dict[FileGroup, Files]:
    """Return the server's files by group."""
    key_mode = settings.server.private_key_mode
    files: dict[FileGroup, Files] = {
        FileGroup.USERS: {HTPASSWD_FILE: (credentials.htpasswd, PUBLIC)}
    }
    if certificate and certificate.chain and certificate.private_key:
        files[FileGroup.CERTIFICATE] = {
            CERTIFICATE_FILE: (certificate.chain, PUBLIC),
            PRIVATE_KEY_FILE: (certificate.private_key, key_mode),
        }
    if config_file is not None:
        files[FileGroup.CONFIGURATION] = {
            CONFIG_FILE: (config_file.text, key_mode),
            **_referenced_files(settings.tls),
        }
    return files


def files_digest(
    files: Mapping[FileGroup, Files], config_file: ConfigFile | None
) -> pulumi.Output[str]:
    """Return a digest of the files that the server reads only at its start: all but the users.

    It is public. The random key protects the secrets of the configuration file. Without that file,
    the only secret is the private key, which can't be guessed.
    """
    content = {
        group.value: {name: list(file) for name, file in group_files.items()}
        for group, group_files in files.items()
        if group is not FileGroup.USERS
    }
    text: pulumi.Output[str] = pulumi.Output.json_dumps(content, sort_keys=True)
    digest = pulumi.Output.all(config_file.key if config_file else "", text).apply(_keyed_digest)
    return pulumi.Output.unsecret(digest)


def _keyed_digest(key_and_text: list[str]) -> str:
    key, text = key_and_text
    return hmac.digest(key.encode(), text.encode(), hashlib.sha256).hex()[:32]


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
