"""Preflight checks on a fake engine."""

from __future__ import annotations

from typing import Any

from components.docker.engine import DockerEngine
from components.docker.preflight.run import PreflightError, preflight
from tests.support.component import plan_of
from tests.support.docker import free_port
from tests.support.fakes import OWNER


def problems(engine: DockerEngine, pull: bool = True, **settings: Any) -> list[str]:
    """Return the reported problems; empty if the host is ready."""
    port = settings.pop("port", None) or free_port()
    try:
        preflight(engine, plan_of(port=port, **settings), OWNER, pull=pull)
    except PreflightError as error:
        first, *lines = str(error).split("\n")
        assert first == (
            f"The Docker host {engine.url} is not ready for this registry. No changes were made."
        )
        assert all(line.startswith("  - ") for line in lines), "one line for each problem"
        return [line.removeprefix("  - ") for line in lines]
    return []
