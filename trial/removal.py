"""Whose the objects of a trial are on a Docker host, and their removal."""

from __future__ import annotations

from cli.remains import COMPONENT, Remains, remains, remove_containers
from cli.stack import PROJECT
from common.labels import TRIAL, Owner
from components.docker.engine import DockerEngine


def owner(stack: str) -> Owner:
    """Whose the objects of a stack's trial are: no Pulumi stack can have a name with a slash."""
    return Owner(PROJECT, f"{TRIAL}{stack}", COMPONENT)


def remove(host: DockerEngine, whose: Owner) -> Remains:
    """Remove all that an owner has on a host; what that was.

    :raises docker.errors.APIError: where a volume is in use by somebody else's container.
    """
    found = remains(host, whose)
    remove_containers(host, found.containers)
    for name in found.volumes:
        host.remove_volume(name)
    return found
