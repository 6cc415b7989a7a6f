"""Files that zot reads: users, certificate, configuration and what it needs for mirrors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi

from components.context import Context
from components.servers.files import PUBLIC, common_files, files_digest
from components.servers.inputs import ServerFiles
from components.servers.paths import AUTH_DIRECTORY, CERTIFICATE_DIRECTORY, CONFIG_DIRECTORY
from components.servers.process import FileGroup, Files
from components.servers.zot.config_file import render
from components.servers.zot.extensions import mirror_credentials
from components.servers.zot.paths import (
    CONFIG_FILE,
    MIRROR_CREDENTIALS_FILE,
    RELOAD_FILE,
    SESSION_KEYS_FILE,
    mirror_ca_file,
)
from components.servers.zot.reload import reload_configuration, writable
from components.servers.zot.sessions import unusable_keys
from components.servers.zot.zot_settings import ZotSettings
from components.settings import TlsMode
from components.tls.certificate import Certificate
from components.tls.provided import public_certificates
from components.users.htpasswd import Credentials
from components.users.passwords import random_string


def declare_zot_files(
    settings: ZotSettings,
    context: Context,
    certificate: Certificate | None,
    credentials: Credentials,
) -> ServerFiles:
    """Declare the key of the files' digest, and return the server's files.

    :raises UserError: during the update, if the server would reject its configuration file.
    """
    key_mode = settings.server.private_key_mode
    key = random_string(f"{context.name}-digest-key", context.child_opts)
    common = common_files(certificate, credentials, key_mode)

    def with_configuration(*, changes_packs: bool) -> dict[FileGroup, Files]:
        text = _secrets(settings).apply(partial(render, settings, changes_packs=changes_packs))
        configuration: Files = {
            CONFIG_FILE: (pulumi.Output.secret(text), writable(key_mode)),
            RELOAD_FILE: (reload_configuration(), PUBLIC),
            **_mirror_files(settings, key_mode),
        }
        if not settings.zot.web:
            configuration[SESSION_KEYS_FILE] = (unusable_keys(), PUBLIC)
        return {**common, FileGroup.CONFIGURATION: configuration}

    files = with_configuration(changes_packs=True)
    return ServerFiles(
        groups=files,
        digest=files_digest(files, key, _reloaded_groups(settings)),
        all_digest=partial(files_digest, files, key, frozenset()),
        test_groups=with_configuration(changes_packs=False),
    )


def _reloaded_groups(settings: ZotSettings) -> set[FileGroup]:
    """Return the groups that a running server reads again.

    Sessions of the web page end only with the server. With them, changed users replace it.
    """
    return set() if settings.zot.web else {FileGroup.USERS}


def file_groups(settings: ZotSettings) -> list[FileGroup]:
    """Return the groups that ``declare_zot_files`` returns for these settings."""
    writes_certificate = settings.has_certificate and settings.tls.mode is not TlsMode.SECRET
    certificate = [FileGroup.CERTIFICATE] if writes_certificate else []
    return [FileGroup.USERS, *certificate, FileGroup.CONFIGURATION]


def config_directories(settings: ZotSettings) -> list[str]:
    """Return the directories in which the server reads its files."""
    certificate = [CERTIFICATE_DIRECTORY] if settings.has_certificate else []
    return [AUTH_DIRECTORY, *certificate, CONFIG_DIRECTORY]


def _secrets(settings: ZotSettings) -> pulumi.Output[dict[str, str]]:
    s3 = settings.storage.s3
    secrets = {"access_key": s3.access_key, "secret_key": s3.secret_key}
    known: dict[str, Any] = {name: value for name, value in secrets.items() if value is not None}
    return pulumi.Output.all(**known) if known else pulumi.Output.from_input({})


def _mirror_files(settings: ZotSettings, key_mode: str) -> Files:
    """Return the files that the section of the mirrors refers to."""
    mirrors = settings.zot.mirrors
    files: Files = {
        mirror_ca_file(index): (
            public_certificates(mirror.ca_pem, f"zot.mirrors[{index}].caPem"),
            PUBLIC,
        )
        for index, mirror in enumerate(mirrors)
        if mirror.ca_pem is not None
    }
    passwords: dict[int, Any] = {
        index: mirror.password
        for index, mirror in enumerate(mirrors)
        if mirror.password is not None
    }
    if passwords:

        def text(resolved: list[str]) -> str:
            by_index: Mapping[int, str] = dict(zip(passwords, resolved, strict=True))
            return mirror_credentials(mirrors, by_index)

        content = pulumi.Output.all(*passwords.values()).apply(text)
        files[MIRROR_CREDENTIALS_FILE] = (pulumi.Output.secret(content), key_mode)
    return files
