"""Preflight check of networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.docker.engine import DockerEngine


def network_problems(engine: DockerEngine, networks: Sequence[str]) -> Iterator[str]:
    """Report networks that do not exist."""
    for name in networks:
        if not engine.has_network(name):
            yield (
                f"networks: the Docker host has no network {name}. Create it with "
                f"`docker network create {name}`, or remove it from networks."
            )
