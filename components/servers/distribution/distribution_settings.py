"""The settings that CNCF Distribution's configuration depends on."""

from __future__ import annotations

from dataclasses import dataclass, field

from components.settings import (
    Flavor,
    LogLevel,
    Metrics,
    Notifications,
    Server,
    Settings,
    Storage,
    Target,
    Tls,
    TlsMode,
)
from components.storage.location import FILESYSTEM_KINDS


@dataclass(frozen=True)
class DistributionSettings:
    """Settings of one server."""

    hostname: str
    public_endpoint: str
    flavor: Flavor
    realm: str
    log_level: LogLevel
    server: Server
    storage: Storage
    tls: Tls
    metrics: Metrics = field(default_factory=Metrics)
    notifications: Notifications = field(default_factory=Notifications)
    drain_seconds: int = 0
    """Seconds that the server waits for running requests when it stops; 0 for its own default."""
    has_replicas: bool = False
    """Whether several servers share the storage."""

    @classmethod
    def of(cls, settings: Settings) -> DistributionSettings:
        """Select them from all settings of a registry."""
        return cls(
            hostname=settings.hostname,
            public_endpoint=settings.public_endpoint,
            flavor=settings.flavor,
            realm=settings.realm,
            log_level=settings.log_level,
            server=settings.server,
            storage=settings.storage,
            tls=settings.tls,
            metrics=settings.metrics,
            notifications=settings.notifications,
            drain_seconds=settings.drain_seconds,
            has_replicas=(
                settings.target is Target.KUBERNETES and settings.kubernetes.replicas > 1
            ),
        )

    @property
    def has_certificate_files(self) -> bool:
        """Whether the server reads its certificate from files."""
        return self.tls.mode not in (TlsMode.OFF, TlsMode.LETS_ENCRYPT)

    @property
    def writes_certificate_files(self) -> bool:
        """Whether the program writes these files. It does not if they are in a Secret."""
        return self.has_certificate_files and self.tls.mode is not TlsMode.SECRET

    @property
    def uses_filesystem(self) -> bool:
        """Whether the server stores packs as files in a mounted directory."""
        return self.storage.kind in FILESYSTEM_KINDS
