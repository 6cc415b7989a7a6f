"""The owner of a trial's Docker objects, and their removal."""

from __future__ import annotations

from cli.remains import COMPONENT, Remains, remains, remove_containers
from cli.stack import PROJECT
from common.labels import TRIAL, Owner
from components.docker.engine import DockerEngine


def owner(stack: str) -> Owner:
    """Return the owner of a trial's Docker objects. No Pulumi stack name contains a slash."""
    return Owner(PROJECT, f"{TRIAL}{stack}", COMPONENT)


def remove(host: DockerEngine, whose: Owner) -> Remains:
    """Remove all Docker objects of an owner, and return what was removed.

    :raises docker.errors.APIError: if a container of another owner uses one of the volumes.
    """
    found = remains(host, whose)
    remove_containers(host, found.containers)
    for name in found.volumes:
        host.remove_volume(name)
    return found
