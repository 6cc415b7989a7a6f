"""Context of a component whose server runs on a Docker host."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from common.features import Features
from common.labels import Owner
from components.context import Context
from components.docker.engine import DockerEngine
from components.docker.orphans import remove_orphan_hook


@dataclass(frozen=True)
class DockerContext(Context):
    """What Docker's parts need in addition."""

    engine: DockerEngine
    docker_opts: pulumi.ResourceOptions
    """Options of children on the Docker host. They wait for the preflight checks, and are replaced
    if `dockerHost` changes."""
    orphan_hook: pulumi.ResourceHookBinding | None
    """Hook of containers: removes what an interrupted update left (``orphans.py``)."""

    @classmethod
    def of(
        cls,
        component: pulumi.ComponentResource,
        name: str,
        owner: Owner,
        engine: DockerEngine,
        ready: pulumi.Output[list[pulumi.Resource]],
        features: Features,
    ) -> DockerContext:
        """Return the context of a component.

        :param name: the component's name.
        :param ready: known when the preflight checks passed.
        """
        hook = f"{name}-clear-orphan"
        return cls(
            name=name,
            owner=owner,
            child_opts=pulumi.ResourceOptions(parent=component),
            engine=engine,
            docker_opts=pulumi.ResourceOptions(
                parent=component,
                depends_on=ready,
                replacement_trigger=engine.configured_url,
            ),
            orphan_hook=remove_orphan_hook(hook, engine, owner)
            if features.resource_hooks
            else None,
            features=features,
        )
