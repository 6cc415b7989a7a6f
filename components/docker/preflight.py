"""What must hold on the Docker host before anything is created; every problem is told, each with what mends it.

Left out on purpose: what can be judged without a host (``components/faults.py``), and whether the registry works in the end
(``components/verification.py``).
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi

from common.errors import UserError
from common.labels import DATA_LABEL, STORAGE_LABEL, Owner, owning_stack
from common.types.network import addresses_overlap
from components.docker.addresses import ALL_OF_IPV4, _is_out_of_reach, reachable_address
from components.docker.engine import ACTIVE_STATES, ContainerState, DockerEngine
from components.docker.errors import ContainerNotOwnedError, engine_errors
from components.docker.image import image_problems
from components.docker.names import candidate_name, writer_names
from components.settings import MEMORY_PLACE, OCI_PART, Settings, StorageKind

MIN_API_VERSION = (1, 41)
"""Docker Engine 20.10, the oldest that the program is tested with."""

MIN_CPUS = 1
MIN_MEMORY = 1_800_000_000
"""Bytes. The guide asks for 2 GB; a machine of that size shows a little less, for its kernel takes a part."""


class PreflightError(UserError):
    """The Docker host can't take this registry as it is; nothing was touched. A sentence per problem."""

    def __init__(self, problems: list[str], host: DockerEngine) -> None:
        """List the problems of a host."""
        super().__init__(
            f"The Docker host {host.url} can't take this registry as it is; nothing was touched."
            + "".join(f"\n  - {problem}" for problem in problems)
        )


def preflight(host: DockerEngine, settings: Settings, owner: Owner, *, pull: bool) -> None:
    """Check the host; where told so, fetch an image that it lacks.

    :param pull: whether a missing image is fetched now (an update) or only later (a preview).
    :raises PreflightError: with everything that is in the way.
    :raises UserError: where the host fails while it is looked at.
    """
    try:
        facts = host.facts()
        containers = host.containers()
    except Exception as error:  # the library's, the socket's and ssh's errors have no common base
        raise PreflightError([_unreachable(host, error)], host) from None
    with engine_errors(host, "it was looked at"):
        own = host.container(settings.container_name)
        problems = [
            *_engine(facts, settings),
            *_name(containers, settings, owner),
            *_reach(host, settings),
            *_ports(host, containers, own, settings, owner),
            *_directory(host, settings),
            *_networks(host, settings),
            *_volumes(host, settings, owner),
            *_left_volume(containers, settings, owner),
        ]
        if not problems:
            problems = list(image_problems(host, settings, pull=pull))
    if problems:
        raise PreflightError(problems, host)
    _note_moved_storage(containers, settings, owner)


def _unreachable(host: DockerEngine, error: Exception) -> str:
    reason = " ".join(str(error).split())
    if "Permission denied" in reason or "PermissionError" in reason:
        return f"Docker refuses this user at {host.url}; add the user to its group with `sudo usermod -aG docker $USER`, then log in again"
    if host.is_local:
        return f"Docker can't be reached at {host.url} ({reason}); start it with `sudo systemctl start docker`, or set dockerHost or DOCKER_HOST"
    return f"Docker can't be reached at {host.url} ({reason}); check dockerHost or DOCKER_HOST, and `docker -H {host.url} info`"


def _engine(facts: dict[str, Any], settings: Settings) -> Iterator[str]:
    """Version and size."""
    version = tuple(int(part) for part in str(facts["ApiVersion"]).split("."))
    if version < MIN_API_VERSION:
        yield f"Docker {facts.get('ServerVersion')} is too old; install Docker Engine 20.10 or newer"
    if facts.get("OSType", "linux") != "linux":
        yield f"Docker runs {facts['OSType']} containers; the registry needs Linux containers"
    if facts["NCPU"] < MIN_CPUS or facts["MemTotal"] < MIN_MEMORY:
        yield f"the host has {facts['NCPU']} CPU and {facts['MemTotal'] / 1e9:.1f} GB of memory; the registry needs at least 1 CPU and 2 GB"
    if settings.limits.cpus > facts["NCPU"]:
        yield f"limits.cpus: {settings.limits.cpus:g} is more than the host has; allowed is 0.1 to {facts['NCPU']}"


def _name(containers: list[dict[str, Any]], settings: Settings, owner: Owner) -> Iterator[str]:
    """Nobody else's container has a name of ours."""
    for name in (
        settings.container_name,
        candidate_name(settings),
        *writer_names(settings).values(),
    ):
        for container in containers:
            if f"/{name}" in container["Names"] and not owner.owns(container["Labels"]):
                yield str(ContainerNotOwnedError(name, container["Labels"]))


def _reach(host: DockerEngine, settings: Settings) -> Iterator[str]:
    """The port is published where the registry can be verified."""
    if settings.verify and _is_out_of_reach(host, settings.bind_address):
        yield (
            f"bindAddress: {settings.bind_address} is reached on the Docker host {host.address} alone, and the registry is verified from here; "
            "set verify to false, or bindAddress to an address of that host, for example 0.0.0.0"
        )


def _ports(
    host: DockerEngine,
    containers: list[dict[str, Any]],
    own: ContainerState | None,
    settings: Settings,
    owner: Owner,
) -> Iterator[str]:
    """The port is free on every address where it is to be published, or the registry's own already."""
    runs = own is not None and owner.owns(own.labels) and own.status in ACTIVE_STATES
    taken: set[str] = set()
    for address in settings.published_addresses:
        if own and runs and (address, settings.published_port) in own.published:
            continue
        taken |= set(_port(host, containers, address, settings.published_port, owner))
    yield from sorted(taken)


def _port(
    host: DockerEngine, containers: list[dict[str, Any]], address: str, port: int, owner: Owner
) -> Iterator[str]:
    """The port is free on one address, or the registry's own already."""
    for container in containers:
        for published in container["Ports"]:
            if (
                published.get("PublicPort") != port
                or published.get("Type") != "tcp"
                or not addresses_overlap(published.get("IP") or ALL_OF_IPV4, address)
            ):
                continue
            if owner.owns(container["Labels"]):
                return  # under its old name, perhaps; the update removes it first
            name = container["Names"][0].lstrip("/")
            if stack := owning_stack(container["Labels"]):
                yield f"port: {port} is taken by the container {name} of {stack}; set port to a free one"
            else:
                yield (
                    f"port: {port} is taken by the container {name} on the Docker host; "
                    f"stop that with `docker stop {name}`, or set port to a free one"
                )
            return
    if _is_listening(host, address, port):
        yield (
            f"port: {port} is taken by another program on the Docker host; "
            f"find it with `sudo ss -ltnp 'sport = :{port}'` and stop it, or set port to a free one"
        )


def _is_listening(host: DockerEngine, bind_address: str, port: int) -> bool:
    """Whether something has the port: a trial bind on this machine, a trial connection elsewhere or where binding is not permitted."""
    family = socket.AF_INET6 if ":" in bind_address else socket.AF_INET
    if host.is_local:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                trial.setsockopt(
                    socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1
                )  # as Docker's own proxy does
            try:
                trial.bind((bind_address, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return True
                if error.errno not in (errno.EACCES, errno.EPERM):
                    return False  # an address that is not this machine's: Docker says so in its own words
            else:
                return False
    if _is_out_of_reach(host, bind_address):
        return False  # Docker says so in its own words
    try:
        found = socket.getaddrinfo(
            reachable_address(host, bind_address), port, family, socket.SOCK_STREAM
        )
    except OSError:  # only ssh knows the host's name, or it has no address of the family
        return False
    return any(_answers(family, where) for *_, where in found)


def _answers(family: socket.AddressFamily, where: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.settimeout(2)
        return trial.connect_ex(where) == 0


def _directory(host: DockerEngine, settings: Settings) -> Iterator[str]:
    """A directory that is to be mounted is there; on another machine only Docker can tell."""
    path = settings.storage.path
    if settings.storage.kind is StorageKind.PATH and host.is_local and not Path(path).is_dir():
        yield (
            f"storage.path: {path} is no directory of the Docker host; make it with `sudo mkdir -p {path}`, or set storage.path to one that is there"
        )


def _networks(host: DockerEngine, settings: Settings) -> Iterator[str]:
    """The networks that are to be joined are there."""
    for name in settings.networks:
        if not host.has_network(name):
            yield f"networks: there is no network {name} on the Docker host; make it with `docker network create {name}`, or remove it from networks"


def _volumes(host: DockerEngine, settings: Settings, owner: Owner) -> Iterator[str]:
    """Nobody else's volume would be removed with the registry; one that is kept is taken as it is, whoever made it."""
    removed = {settings.config_volume: ("containerName", "set another containerName")}
    if settings.data_volume and not settings.storage.keep_on_destroy:
        removed[settings.data_volume] = (
            "storage.volume",
            "set storage.keepOnDestroy to true, or another storage.volume",
        )
    for name, (setting, mend) in removed.items():
        labels = host.volume_labels(name)
        if labels is not None and not owner.owns(labels):
            found = f"{setting}: a volume named {name} is there already, does not belong to this stack, and would be removed with its registry"
            if stack := owning_stack(labels):
                yield f"{found}; it is of {stack}: {mend}"
            else:
                yield f"{found}; {mend}, or remove that volume, and all that is in it, with `docker volume rm {name}`"


def _left_volume(
    containers: list[dict[str, Any]], settings: Settings, owner: Owner
) -> Iterator[str]:
    """No volume that is to be given up would be removed with the packs in it: Pulumi goes by what the last update said of it."""
    for labels in _servers(containers, owner):
        place = labels[STORAGE_LABEL]
        holder = place.removeprefix(
            OCI_PART
        )  # another flavor's part of the same volume does not give it up
        if labels.get(DATA_LABEL) == "false" and holder not in (
            settings.storage_place,
            MEMORY_PLACE,
        ):
            yield (
                f"storage: the packs in {place} would be removed with the volume; set storage.keepOnDestroy to true where they are now, "
                "run `make up`, then move"
            )


def _note_moved_storage(containers: list[dict[str, Any]], settings: Settings, owner: Owner) -> None:
    """Say where packs stay when they are to be kept elsewhere: nothing is copied, and nothing is removed."""
    for labels in _servers(containers, owner):
        place = labels[STORAGE_LABEL]
        if place == MEMORY_PLACE != settings.data_place:
            pulumi.log.warn(
                f"storage: the packs that are in {place} are lost with it, and will not be in {settings.data_place}."
            )
        elif place != settings.data_place:
            pulumi.log.warn(
                f"storage: the packs that are in {place} stay there and will not be in {settings.data_place}; docs/how-to/move-packs.md says how to copy them."
            )


def _servers(containers: list[dict[str, Any]], owner: Owner) -> Iterator[dict[str, str]]:
    """The labels of our own server, whatever its name by now."""
    for container in containers:
        labels = container["Labels"] or {}
        if owner.owns(labels) and STORAGE_LABEL in labels:
            yield labels
