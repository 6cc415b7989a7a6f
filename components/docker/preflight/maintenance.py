"""Preflight check of maintenance: no copy of the server has taken its place."""

from __future__ import annotations

from collections.abc import Iterator

from common.labels import Owner
from components.docker.engine import DockerEngine
from components.docker.read_only import is_read_only


def maintenance_problems(engine: DockerEngine, container_name: str, owner: Owner) -> Iterator[str]:
    """Report a server that an operation stopped. `make up` starts it again before the update."""
    if is_read_only(engine, container_name, owner):
        yield (
            f"{container_name} is read-only, because a garbage collection is under way or was "
            "interrupted. Run the update with `make up`."
        )
