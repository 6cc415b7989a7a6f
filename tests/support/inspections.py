"""A registry for the checks of ``make status``, without a host and without Pulumi."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cli.condition import Line, Space, State, UnknownError
from cli.pulumi.record import Record
from cli.status.registry import Registry
from components.settings import StorageKind
from components.storage.location import StorageLocation
from components.verification.probe import Probe, RegistryApi
from components.verification.tls_client import Endpoint, TlsTrust
from tests.support.commands import FakePulumi
from tests.support.component import settings_of

NOW = 1_800_000_000.0
DAY = 86400
STACK = "prod"
OCI_API = RegistryApi("/v2/", 401, "/v2/_catalog", (), "an image", "/v2/test/blobs/uploads/")
PACK_API = RegistryApi("/health", 200, "/v1/_catalog", (), "an image", "/v2/x", True)
HTPASSWD = "admin:hash-1\nspectro:hash-2\n"
WRITER = {
    "type": "docker:index/container:Container",
    "urn": "urn:pulumi:prod::pack-registry::docker:index/container:Container::registry-writer",
    "inputs": {"uploads": [{"file": "/config/htpasswd-basic.new", "content": HTPASSWD}]},
}
COMPONENT = {
    "type": "pack-registry:index:PackRegistry",
    "urn": "urn:pulumi:prod::pack-registry::pack-registry:index:PackRegistry::registry",
}


@dataclass
class FakeInspection:
    """Answers from its attributes (``cli.condition.Inspection``)."""

    url: str = ""
    """URL of the server; empty if it does not run."""
    ca: str = ""
    api: RegistryApi = OCI_API
    lines: list[Line] = field(default_factory=list)
    lock: list[Line] = field(default_factory=list)
    text: str = HTPASSWD
    bytes: int | Exception = 1000
    found: list[Space | Line] = field(default_factory=list)
    host_time: float | Exception = 0.0
    """Seconds by which the host's clock is ahead."""
    resolved: str = "127.0.0.1"
    server_log: list[str] | Exception = field(default_factory=list)
    opened: int = 0
    location: StorageLocation = field(
        default_factory=lambda: StorageLocation(StorageKind.VOLUME, name="packs-data")
    )

    def server(self) -> Iterator[Line]:
        yield from self.lines

    def maintenance(self) -> Iterator[Line]:
        yield from self.lock

    @contextlib.contextmanager
    def connection(self) -> Iterator[Probe]:
        self.opened += 1
        if not self.url:
            raise UnknownError("the container packs has exited")
        parts = urlsplit(self.url)
        trust = TlsTrust(self.ca) if parts.scheme == "https" else None
        yield Probe(Endpoint("localhost", "127.0.0.1", parts.port or 0, trust), self.api)

    def address(self) -> str:
        return self.resolved

    def log(self) -> list[str]:
        return ["the server's log"]

    def whole_log(self, lines: int) -> list[str]:
        if isinstance(self.server_log, Exception):
            raise self.server_log
        return self.server_log[-lines:]

    def htpasswd(self) -> tuple[str, str]:
        return self.text, "Run `make up STACK=prod`."

    def size(self) -> int:
        if isinstance(self.bytes, Exception):
            raise self.bytes
        return self.bytes

    def spaces(self) -> Iterator[Space | Line]:
        yield from self.found

    def time(self) -> datetime:
        if isinstance(self.host_time, Exception):
            raise self.host_time
        return datetime.fromtimestamp(time.time() + self.host_time, UTC)

    def describe(self, error: Exception) -> str:
        return f"host error: {error}" if isinstance(error, OSError) else ""


def registry_of(
    inspection: FakeInspection | None = None,
    *resources: dict[str, Any],
    pulumi: FakePulumi | None = None,
    outputs: dict[str, Any] | None = None,
    pending: tuple[str, ...] = (),
    **settings: Any,
) -> Registry:
    """Return a registry of the stack prod.

    :param resources: more resources in its record.
    """
    recorded = {
        "endpoint": "https://registry.example.com",
        "users": {"admin": "an admin's password", "spectro": "a reader's password"},
        **(outputs or {}),
    }
    record = Record(STACK, recorded, (COMPONENT, WRITER, *resources), pending)
    return Registry(
        STACK,
        settings_of(**settings),
        record,
        pulumi or FakePulumi(),
        inspection or FakeInspection(),
        NOW,
    )


def one(lines: Iterator[Line]) -> Line:
    """Return the only line."""
    (line,) = lines
    return line


OK, WARNING, ERROR, UNKNOWN = State.OK, State.WARNING, State.ERROR, State.UNKNOWN
