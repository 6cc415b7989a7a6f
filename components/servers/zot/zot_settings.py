"""The settings that zot's configuration depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.settings import LogLevel, Server, Settings, Storage, Tls, TlsMode, User, Zot
from components.storage.location import FILESYSTEM_KINDS


@dataclass(frozen=True)
class ZotSettings:
    """Settings of one server."""

    public_endpoint: str
    realm: str
    log_level: LogLevel
    server: Server
    storage: Storage
    tls: Tls
    users: Sequence[User]
    zot: Zot

    @classmethod
    def of(cls, settings: Settings) -> ZotSettings:
        """Select them from all settings of a registry."""
        return cls(
            public_endpoint=settings.public_endpoint,
            realm=settings.realm,
            log_level=settings.log_level,
            server=settings.server,
            storage=settings.storage,
            tls=settings.tls,
            users=settings.users,
            zot=settings.zot,
        )

    @property
    def has_certificate(self) -> bool:
        """Whether the server uses TLS."""
        return self.tls.mode is not TlsMode.OFF

    @property
    def uses_filesystem(self) -> bool:
        """Whether the server stores packs as files in a mounted directory."""
        return self.storage.kind in FILESYSTEM_KINDS
