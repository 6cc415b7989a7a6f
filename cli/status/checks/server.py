"""The server: container or pods, image, maintenance, and whether it answers."""

from __future__ import annotations

from collections.abc import Iterator

from cli.condition import Line, State
from cli.status.registry import Registry


def check_server(registry: Registry) -> Iterator[Line]:
    """Ask the host."""
    yield from registry.inspection.server()


def check_maintenance(registry: Registry) -> Iterator[Line]:
    """Look for the lock, and for what an interrupted operation left."""
    yield from registry.inspection.maintenance()


def check_health(registry: Registry) -> Iterator[Line]:
    """Request the health as a client that trusts only the exported CA."""
    api = registry.probe.api
    failure = registry.probe.expect(api.health_path, api.health_status)
    if failure is None:
        yield Line("health", State.OK, f"{api.health_path} answers {api.health_status}")
        return
    yield Line("health", State.ERROR, failure.response, registry.fix([failure]))
