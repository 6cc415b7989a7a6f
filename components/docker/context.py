"""Context of a component whose server runs on a Docker host."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from common.features import Features
from components.context import Context
from components.docker.engine import DockerEngine


@dataclass(frozen=True)
class DockerContext(Context):
    """What Docker's parts need in addition."""

    engine: DockerEngine
    docker_opts: pulumi.ResourceOptions
    """Options of children on the Docker host. They wait for the preflight checks, and are replaced
    if `dockerHost` changes."""
    orphan_hook: pulumi.ResourceHookBinding | None
    """Hook of containers: removes what an interrupted update left (``orphans.py``)."""
    features: Features

    @property
    def checks_now(self) -> bool:
        """Whether this run checks a running registry: an update does, a preview does not."""
        return self.features.checks and not pulumi.runtime.is_dry_run()
