"""Volumes, images and containers on a Docker engine, as the provider `docker` makes them, through Docker's own API."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from cli.remains import stop_and_remove
from common.labels import Owner, owning_stack
from components.docker.archive import make_tar
from components.docker.connection import docker
from components.docker.container_spec import MEBIBYTE, ContainerSpec, Mount, PublishedPort
from components.docker.engine import DockerEngine
from components.docker.errors import ContainerNotOwnedError
from trial.resources import Inputs, Made, TrialError


class Label(Inputs):
    """A label of a volume or a container."""

    label: str
    value: str


class Volume(Inputs):
    """A named volume of this engine's own disk, or of what its driver mounts."""

    name: str
    driver: Literal["local"] = "local"
    driver_opts: dict[str, str] = Field(default_factory=dict)
    labels: list[Label] = Field(default_factory=list)


class RemoteImage(Inputs):
    """An image that is on the engine."""

    name: str
    keep_locally: Literal[True]
    triggers: dict[str, str] = Field(default_factory=dict)


class Capabilities(Inputs):
    """Linux capabilities that are given and taken away."""

    adds: list[str] = Field(default_factory=list)
    drops: list[str] = Field(default_factory=list)


class ContainerMount(Inputs):
    """A volume or a directory of the host in a container."""

    type: Literal["volume", "bind"]
    source: str
    target: str
    read_only: bool = False


class Port(Inputs):
    """A port of a container that is published on the host."""

    internal: int
    external: int
    ip: str


class Network(Inputs):
    """A network that a container joins."""

    name: str


class Upload(Inputs):
    """A file that is put into a container before it starts; root owns it."""

    file: str
    content: str
    permissions: str = "0644"


class Container(Inputs):
    """A container."""

    name: str
    image: str
    start: bool = True
    must_run: bool = True
    command: list[str] = Field(default_factory=list)
    restart: Literal["no", "always", "unless-stopped"] = "no"
    network_mode: Literal["none", "bridge"] = "bridge"
    networks_advanced: list[Network] = Field(default_factory=list)
    """All networks of the container, Docker's own among them, where it has more than that."""
    envs: list[str] = Field(default_factory=list)
    labels: list[Label] = Field(default_factory=list)
    ports: list[Port] = Field(default_factory=list)
    mounts: list[ContainerMount] = Field(default_factory=list)
    uploads: list[Upload] = Field(default_factory=list)
    tmpfs: dict[str, str] = Field(default_factory=dict)
    read_only: bool = False
    security_opts: list[str] = Field(default_factory=list)
    capabilities: Capabilities = Capabilities()
    memory: int = 0
    """Megabytes."""
    memory_swap: int = 0
    """Megabytes, memory included."""
    cpus: str = "0"
    log_driver: Literal["json-file"] = "json-file"
    log_opts: dict[str, str] = Field(default_factory=dict)
    stop_timeout: int | None = None
    destroy_grace_seconds: int | None = None

    @field_validator("memory_swap")
    @classmethod
    def as_memory(cls, value: int, others: ValidationInfo) -> int:
        """Reject swap: a container's specification has one limit for memory and swap."""
        if value != others.data.get("memory"):
            raise ValueError("it differs from memory")
        return value

    @field_validator("destroy_grace_seconds")
    @classmethod
    def as_stop_timeout(cls, value: int | None, others: ValidationInfo) -> int | None:
        """A container is removed after the time that it keeps itself, for nothing else is recorded."""
        if value != others.data.get("stop_timeout"):
            raise ValueError("it differs from stopTimeout")
        return value


def expect_own_volume(name: str, labels: dict[str, str] | None, owner: Owner) -> None:
    """See that a volume that is there is a trial's own.

    :raises TrialError: where it is not.
    """
    if not owner.owns(labels):
        raise TrialError(
            f"The volume {name} is there already and does not belong to this trial"
            + (f": it holds the packs of {stack}; " if (stack := owning_stack(labels)) else "; ")
            + f"set another containerName or storage.volume, or remove that volume, and all that is in it, with `docker volume rm {name}`."
        )


def volume(inputs: Volume, host: DockerEngine, owner: Owner) -> Made:
    """Make a volume; one of an earlier trial is taken again, with what is in it.

    :raises TrialError: where there is one of that name that is not this trial's: it would be removed, and what is in it, with the trial.
    """
    api = host.client.api
    try:
        found = api.inspect_volume(inputs.name)
    except docker.errors.NotFound:
        found = api.create_volume(
            inputs.name, inputs.driver, inputs.driver_opts or None, labels=_labels(inputs.labels)
        )
    expect_own_volume(inputs.name, found["Labels"], owner)
    return Made(inputs.name, {"mountpoint": found["Mountpoint"], "driver": found["Driver"]})


def remote_image(inputs: RemoteImage, host: DockerEngine, _owner: Owner) -> Made:
    """Find an image; the preflight has fetched it where that was needed."""
    api: Any = host.client.api
    image = api.inspect_image(inputs.name)
    digests = image["RepoDigests"] or [""]
    return Made(f"{image['Id']}{inputs.name}", {"imageId": image["Id"], "repoDigest": digests[0]})


def container(inputs: Container, host: DockerEngine, owner: Owner) -> Made:
    """Make a container in the place of an earlier trial's, put its files into it, and start it unless told otherwise.

    :raises TrialError: where its name is taken by somebody else's.
    """
    if found := host.container(inputs.name):
        if not owner.owns(found.labels):
            raise TrialError(str(ContainerNotOwnedError(inputs.name, found.labels)))
        stop_and_remove(host, found.id)
    identifier = host.create_container(_spec(inputs))
    if inputs.uploads:
        host.extract_archive(identifier, "/", make_tar(_files(inputs.uploads)))
    for network in inputs.networks_advanced:
        if network.name != inputs.network_mode:
            host.connect_to_network(identifier, network.name)
    if inputs.start:
        host.start_container(identifier)
    if inputs.must_run:
        _expect_running(host, identifier, inputs.name)
    return Made(identifier)


def _spec(inputs: Container) -> ContainerSpec:
    return ContainerSpec(
        name=inputs.name,
        image=inputs.image,
        labels=_labels(inputs.labels),
        command=inputs.command,
        environment=dict(variable.split("=", 1) for variable in inputs.envs),
        ports=[PublishedPort(port.internal, port.external, port.ip) for port in inputs.ports],
        mounts=[
            Mount(mount.target, mount.source, mount.type, read_only=mount.read_only)
            for mount in inputs.mounts
        ],
        network_mode=inputs.network_mode,
        tmpfs=inputs.tmpfs,
        read_only_root=inputs.read_only,
        security_options=inputs.security_opts,
        add_capabilities=inputs.capabilities.adds,
        drop_capabilities=inputs.capabilities.drops,
        memory=inputs.memory * MEBIBYTE,
        cpus=float(inputs.cpus),
        restart=inputs.restart,
        log_driver=inputs.log_driver,
        log_options=inputs.log_opts,
        stop_seconds=inputs.stop_timeout,
    )


def _labels(labels: list[Label]) -> dict[str, str]:
    return {label.label: label.value for label in labels}


def _files(uploads: list[Upload]) -> dict[str, tuple[str, str]]:
    return {upload.file: (upload.content, upload.permissions) for upload in uploads}


def _expect_running(host: DockerEngine, identifier: str, name: str) -> None:
    """See that a container has not ended at once; whether it works is for the verification to say."""
    found = host.container(identifier)
    if found is None or found.status not in ("running", "restarting"):
        log = "".join(f"\n    {line}" for line in host.last_log_lines(identifier)) if found else ""
        raise TrialError(f"The container {name} ended as soon as it was started.{log}")
