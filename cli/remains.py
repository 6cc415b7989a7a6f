"""What an owner has on a Docker host, found by its labels."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cli.console import CommandError
from cli.paths import REGISTRY, STATE
from cli.pulumi_cli import Pulumi
from cli.stack import is_in_files, make
from common.labels import PREFIX, Owner
from components.docker.connection import docker
from components.docker.engine import ACTIVE_STATES, DockerEngine

COMPONENT = "registry"
"""The registry's name in the program."""

NOT_ASKED = "Docker can't be asked for what there is of {} already"


@dataclass(frozen=True)
class Remains:
    """The containers and volumes of an owner."""

    containers: dict[str, str]
    """Name by identifier."""
    volumes: list[str]
    running: frozenset[str] = frozenset()
    """Identifiers of the containers that run."""

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.containers or self.volumes)

    def __str__(self) -> str:
        """All names, told apart."""
        return " and ".join(
            _told("container", sorted(self.containers.values())) + _told("volume", self.volumes)
        )


def _told(kind: str, names: list[str]) -> list[str]:
    return [f"the {kind}{'s' if len(names) > 1 else ''} {', '.join(names)}"] if names else []


def remains(host: DockerEngine, whose: Owner) -> Remains:
    """What an owner has on a host, whatever its component."""
    labels = {"label": [f"{PREFIX}.project={whose.project}", f"{PREFIX}.stack={whose.stack}"]}
    api = host.client.api
    found = api.containers(all=True, filters=labels)
    return Remains(
        {container["Id"]: container["Names"][0].lstrip("/") for container in found},
        sorted(volume["Name"] for volume in api.volumes(filters=labels)["Volumes"] or []),
        frozenset(container["Id"] for container in found if container["State"] in ACTIVE_STATES),
    )


def users_of(host: DockerEngine, volume: str, *, but: Owner) -> Remains:
    """The containers that have a volume, running or not, and are not an owner's."""
    own_ones = remains(host, but).containers
    found = host.client.api.containers(all=True, filters={"volume": [volume]})
    return Remains(
        {each["Id"]: each["Names"][0].lstrip("/") for each in found if each["Id"] not in own_ones},
        [],
    )


def own(stack: str) -> Owner:
    """Whose the objects of a stack are that Pulumi made."""
    return Owner(REGISTRY.name, stack, COMPONENT)


def expect_nobody_elses(pulumi: Pulumi, host: DockerEngine, stack: str) -> None:
    """See that no registry of a stack runs of which nothing is recorded in the backend: it would be taken for what an interrupted update left.

    An interrupted update has always recorded something before its server runs.

    :raises CommandError: where one runs.
    """
    found = remains(host, own(stack))
    if found.running:
        names = " ".join(sorted(found.containers[identifier] for identifier in found.running))
        runs = f"A registry of the stack {stack} runs on the Docker host {host.url} already (the container {names})"
        if is_in_files(pulumi, stack):
            chosen, leave = _chosen_backend(pulumi)
            raise CommandError(
                f"{runs}. Nothing was touched. Its record is in {STATE.name} here, but {chosen}: move it (docs/operations.md, State and secrets), "
                f"or run `{leave}`, then run this again."
            )
        raise CommandError(
            f"{runs}, and nothing is recorded of it here. Nothing was touched. "
            "If another copy of this project or another machine brought it up, remove it there with "
            f"`{make('down', stack)}`, or make a stack of another name, with another containerName, here; "
            f"if its record is lost, remove it with `docker rm -f {names}`."
        )


def _chosen_backend(pulumi: Pulumi) -> tuple[str, str]:
    """The backend that the user has chosen, in words without what may be secret in its URL, and the command that leaves it."""
    url = re.sub(r"//[^/@]*@", "//", pulumi.backend)
    if pulumi.environment.get("PULUMI_BACKEND_URL"):
        return f"PULUMI_BACKEND_URL is {url}", "unset PULUMI_BACKEND_URL"
    return f"Pulumi is logged in to {url}", "pulumi logout"


def remove_containers(host: DockerEngine, identifiers: Iterable[str]) -> None:
    """Remove containers, some of which may be gone by then."""
    for identifier in identifiers:
        with contextlib.suppress(docker.errors.NotFound):
            stop_and_remove(host, identifier)


def stop_and_remove(host: DockerEngine, identifier: str) -> None:
    """Let a container end its requests in the time that it was given when it was made, then remove it."""
    host.client.api.stop(identifier)
    host.remove_container(identifier)
