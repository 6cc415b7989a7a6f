"""What a trial left on a Docker host, found by its labels, and its removal."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from components.docker_host import DockerHost
from components.docker_library import docker
from components.ownership import PREFIX, Owner
from ops.stack import PROJECT

COMPONENT = "registry"
"""The registry's name in the program."""


def owner(stack: str) -> Owner:
    """Whose the objects of a stack's trial are: no Pulumi stack can have a name with a slash."""
    return Owner(PROJECT, f"trial/{stack}", COMPONENT)


@dataclass(frozen=True)
class Remains:
    """The containers and volumes of an owner."""

    containers: dict[str, str]
    """Name by identifier."""
    volumes: list[str]

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.containers or self.volumes)

    def __str__(self) -> str:
        """All names, told apart."""
        return " and ".join(_told("container", sorted(self.containers.values())) + _told("volume", self.volumes))


def _told(kind: str, names: list[str]) -> list[str]:
    return [f"the {kind}{'s' if len(names) > 1 else ''} {', '.join(names)}"] if names else []


def remains(host: DockerHost, whose: Owner) -> Remains:
    """What an owner has on a host, whatever its component."""
    labels = {"label": [f"{PREFIX}.project={whose.project}", f"{PREFIX}.stack={whose.stack}"]}
    api = host.client.api
    containers = {found["Id"]: found["Names"][0].lstrip("/") for found in api.containers(all=True, filters=labels)}
    return Remains(containers, sorted(found["Name"] for found in api.volumes(filters=labels)["Volumes"] or []))


def remove(host: DockerHost, whose: Owner) -> Remains:
    """Remove all that an owner has on a host; what that was.

    :raises docker.errors.APIError: where a volume is in use by somebody else's container.
    """
    found = remains(host, whose)
    for identifier in found.containers:
        with contextlib.suppress(docker.errors.NotFound):
            stop_and_remove(host, identifier)
    for name in found.volumes:
        host.remove_volume(name)
    return found


def stop_and_remove(host: DockerHost, identifier: str) -> None:
    """Let a container end its requests in the time that it was given when it was made, then remove it."""
    host.client.api.stop(identifier)
    host.remove_container(identifier)
