"""The containers and volumes of an owner on a Docker host, found by their labels."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cli.console import CommandError, make_command
from cli.owners import stack_owner
from cli.paths import STATE
from cli.pulumi.backend import current_login
from cli.pulumi.binary import Pulumi
from cli.pulumi.lost_record import restore_hint
from cli.pulumi.stack import is_in_local_state
from common.labels import PREFIX, Owner
from components.docker.connection import docker
from components.docker.engine import ACTIVE_STATES, DockerEngine

LIST_FAILED = "The containers and volumes of stack {} could not be listed"


@dataclass(frozen=True)
class Inventory:
    """Containers and volumes."""

    containers: dict[str, str]
    """Names by ID."""
    volumes: list[str]
    running: frozenset[str] = frozenset()
    """IDs of the containers that run."""

    def __bool__(self) -> bool:
        return bool(self.containers or self.volumes)

    def __str__(self) -> str:
        """List all names by kind."""
        return " and ".join(
            _named("container", sorted(self.containers.values())) + _named("volume", self.volumes)
        )


def _named(kind: str, names: list[str]) -> list[str]:
    return [f"the {kind}{'s' if len(names) > 1 else ''} {', '.join(names)}"] if names else []


def list_owned(host: DockerEngine, owner: Owner) -> Inventory:
    """List what an owner has on a host, in any component."""
    labels = {"label": [f"{PREFIX}.project={owner.project}", f"{PREFIX}.stack={owner.stack}"]}
    api = host.client.api
    found = api.containers(all=True, filters=labels)
    return Inventory(
        {container["Id"]: container["Names"][0].lstrip("/") for container in found},
        sorted(volume["Name"] for volume in api.volumes(filters=labels)["Volumes"] or []),
        frozenset(container["Id"] for container in found if container["State"] in ACTIVE_STATES),
    )


def containers_using(host: DockerEngine, place: str, *, except_of: Owner) -> Inventory:
    """List the containers that use a volume or directory, except those of an owner.

    They may run or not.
    """
    owned = list_owned(host, except_of).containers
    return Inventory(
        {
            each["Id"]: each["Names"][0].lstrip("/")
            for each in host.containers()
            if each["Id"] not in owned and any(_is_at(mount, place) for mount in each["Mounts"])
        },
        [],
    )


def _is_at(mount: Mapping[str, str], place: str) -> bool:
    source = mount.get("Source", "").rstrip("/")
    return mount.get("Name") == place or source == place.rstrip("/")


def ensure_not_running_elsewhere(pulumi: Pulumi, host: DockerEngine, stack: str) -> None:
    """Check that no registry of a stack without state runs.

    Without state, it would be mistaken for a leftover of an interrupted update. Such an update has
    always recorded something before its server runs.

    :raises CommandError: if one runs.
    """
    found = list_owned(host, stack_owner(stack))
    if not found.running:
        return
    names = " ".join(sorted(found.containers[identifier] for identifier in found.running))
    problem = (
        f"A registry of stack {stack} already runs on the Docker host {host.url} "
        f"(container {names}). No changes were made."
    )
    if is_in_local_state(pulumi, stack):
        selected, deselect = _selected_backend(pulumi)
        raise CommandError(
            f"{problem} Its state is in {STATE.name} here, but {selected}. Move the state "
            f"(docs/how-to/state-backend.md, Move the state to another backend), or run "
            f"`{deselect}`, then run this command again."
        )
    raise CommandError(
        f"{problem} The selected backend has no state for it. If another checkout or machine "
        f"created it, remove it there with `{make_command('down', stack)}`, or use another stack "
        "name and containerName here. "
        f"If its state is lost, {restore_hint(pulumi, stack)}. Without a backup, run "
        f"`docker rm -f {names}`, then `{make_command('up', stack)}`. Packs in a volume, directory "
        "or bucket are kept. Passwords and certificate are new."
    )


def _selected_backend(pulumi: Pulumi) -> tuple[str, str]:
    """Describe the selected backend without credentials, and the command that deselects it."""
    url = re.sub(r"//[^/@]*@", "//", pulumi.backend)
    if pulumi.environment.get("PULUMI_BACKEND_URL"):
        return f"PULUMI_BACKEND_URL is {url}", "unset PULUMI_BACKEND_URL"
    if not current_login():
        return f"PULUMI_ACCESS_TOKEN selects {url}", "unset PULUMI_ACCESS_TOKEN"
    return f"Pulumi is logged in to {url}", "pulumi logout"


def remove_containers(host: DockerEngine, identifiers: Iterable[str]) -> None:
    """Remove containers. Ignore those that no longer exist."""
    for identifier in identifiers:
        with contextlib.suppress(docker.errors.NotFound):
            stop_and_remove(host, identifier)


def stop_and_remove(host: DockerEngine, identifier: str) -> None:
    """Stop a container with its own timeout, so that it can finish requests, then remove it."""
    host.client.api.stop(identifier)
    host.remove_container(identifier)


def remove_owned(host: DockerEngine, owner: Owner) -> Inventory:
    """Remove everything that an owner has on a host.

    :returns: what was removed.
    :raises docker.errors.APIError: if a container of another owner uses one of the volumes.
    """
    found = list_owned(host, owner)
    remove_containers(host, found.containers)
    for name in found.volumes:
        host.remove_volume(name)
    return found
