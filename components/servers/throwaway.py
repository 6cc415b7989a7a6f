"""A server with its own certificate and users, on a volume: for a drill of a backup.

It has none of the stack's settings that depend on other systems: no bucket, no proxy, no mirror.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.servers.distribution.distribution_settings import DistributionSettings
from components.servers.distribution.server import distribution_process
from components.servers.files import PUBLIC
from components.servers.paths import CERTIFICATE_FILE, HTPASSWD_FILE, PRIVATE_KEY_FILE
from components.servers.process import ServerProcess
from components.servers.zot.config_file import render
from components.servers.zot.paths import CONFIG_FILE, SESSION_KEYS_FILE
from components.servers.zot.server import zot_process
from components.servers.zot.sessions import unusable_keys
from components.servers.zot.zot_settings import ZotSettings
from components.settings import (
    Flavor,
    LogLevel,
    Server,
    Storage,
    Tls,
    TlsMode,
    User,
    Zot,
)

REALM = "Drill"


@dataclass(frozen=True)
class ThrowawayServer:
    """How the server is started, and the files that it reads."""

    process: ServerProcess
    files: dict[str, tuple[str, str]]
    """Content and octal mode by name."""


def throwaway_server(
    pack_format: str, users: Sequence[str], htpasswd: str, certificate: str, private_key: str
) -> ThrowawayServer:
    """Describe a server.

    :param pack_format: ``Settings.pack_format``.
    :param users: names of the users in the htpasswd file.
    """
    # The key is used for minutes. Any user of an image may read it.
    files = {
        HTPASSWD_FILE: (htpasswd, PUBLIC),
        CERTIFICATE_FILE: (certificate, PUBLIC),
        PRIVATE_KEY_FILE: (private_key, PUBLIC),
    }
    tls, server, storage = Tls(mode=TlsMode.PROVIDED), Server(), Storage()
    if pack_format == "zot":
        zot = ZotSettings(
            public_endpoint="",
            realm=REALM,
            log_level=LogLevel.INFO,
            server=server,
            storage=storage,
            tls=tls,
            users=[User(name=name) for name in users],
            zot=Zot(),
        )
        text = render(zot, {}, changes_packs=False)
        files |= {CONFIG_FILE: (text, PUBLIC), SESSION_KEYS_FILE: (unusable_keys(), PUBLIC)}
        return ThrowawayServer(zot_process(zot), files)
    distribution = DistributionSettings(
        hostname="localhost",
        public_endpoint="",
        flavor=Flavor.OCI if pack_format else Flavor.PACK,
        realm=REALM,
        log_level=LogLevel.INFO,
        server=server,
        storage=storage,
        tls=tls,
    )
    return ThrowawayServer(distribution_process(distribution), files)
