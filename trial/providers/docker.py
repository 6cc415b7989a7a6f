"""Creates volumes and containers as the Pulumi provider `docker` does, through Docker's API."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from cli.docker.inventory import stop_and_remove
from common.labels import Owner, owning_stack
from components.docker.archive import make_tar
from components.docker.connection import docker
from components.docker.container_spec import MEBIBYTE, ContainerSpec, Mount, PublishedPort
from components.docker.engine import DockerEngine
from components.docker.errors import ContainerNotOwnedError
from trial.resources import Created, Inputs, TrialError


class Label(Inputs):
    """A label of a volume or a container."""

    label: str
    value: str


class Volume(Inputs):
    """A named volume, on the Docker host's disk or on what the driver options mount."""

    name: str
    driver: Literal["local"] = "local"
    driver_opts: dict[str, str] = Field(default_factory=dict)
    labels: list[Label] = Field(default_factory=list)


class RemoteImage(Inputs):
    """An image that exists on the Docker host."""

    name: str
    keep_locally: Literal[True]
    triggers: dict[str, str] = Field(default_factory=dict)


class Capabilities(Inputs):
    """Linux capabilities that are added and dropped."""

    adds: list[str] = Field(default_factory=list)
    drops: list[str] = Field(default_factory=list)


class ContainerMount(Inputs):
    """A volume or a host directory that is mounted in a container."""

    type: Literal["volume", "bind"]
    source: str
    target: str
    read_only: bool = False


class Port(Inputs):
    """A container port that is published on the Docker host."""

    internal: int
    external: int
    ip: str


class Network(Inputs):
    """A network that a container joins."""

    name: str


class Upload(Inputs):
    """A file that is copied into a container before it starts, owned by root."""

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
    user: str = ""
    restart: Literal["no", "always", "unless-stopped"] = "no"
    network_mode: Literal["none", "bridge"] = "bridge"
    networks_advanced: list[Network] = Field(default_factory=list)
    """All networks of the container including Docker's default. Empty if it joins no others."""
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
    def _equals_memory(cls, value: int, others: ValidationInfo) -> int:
        """Require the value of memory: a container's specification has no swap."""
        if value != others.data.get("memory"):
            raise ValueError("must equal memory")
        return value

    @field_validator("destroy_grace_seconds")
    @classmethod
    def _equals_stop_timeout(cls, value: int | None, others: ValidationInfo) -> int | None:
        """Require the value of stopTimeout: without state, only the container stores a timeout."""
        if value != others.data.get("stop_timeout"):
            raise ValueError("must equal stopTimeout")
        return value


def ensure_own_volume(name: str, labels: dict[str, str] | None, owner: Owner) -> None:
    """Check that an existing volume belongs to a trial.

    :raises TrialError: if another owner created it.
    """
    if owner.owns(labels):
        return
    content = f" It holds the packs of {stack}." if (stack := owning_stack(labels)) else ""
    raise TrialError(
        f"The volume {name} exists and does not belong to this trial.{content} Set another "
        "containerName or storage.volume, or remove the volume and its data with "
        f"`docker volume rm {name}`."
    )


def create_volume(inputs: Volume, host: DockerEngine, owner: Owner) -> Created:
    """Create a volume, or reuse the volume of an earlier trial with its data.

    :raises TrialError: if another owner has a volume of that name. The end of the trial would
        remove it with its data.
    """
    api = host.client.api
    try:
        found = api.inspect_volume(inputs.name)
    except docker.errors.NotFound:
        found = api.create_volume(
            inputs.name, inputs.driver, inputs.driver_opts or None, labels=_labels(inputs.labels)
        )
    ensure_own_volume(inputs.name, found["Labels"], owner)
    return Created(inputs.name, {"mountpoint": found["Mountpoint"], "driver": found["Driver"]})


def find_image(inputs: RemoteImage, host: DockerEngine, _owner: Owner) -> Created:
    """Find an image. The preflight check has already pulled it if it was missing."""
    api: Any = host.client.api
    image = api.inspect_image(inputs.name)
    digests = image["RepoDigests"] or [""]
    return Created(
        f"{image['Id']}{inputs.name}", {"imageId": image["Id"], "repoDigest": digests[0]}
    )


def create_container(inputs: Container, host: DockerEngine, owner: Owner) -> Created:
    """Create a container, copy its files into it, and start it if ``start`` is true.

    It replaces the container of an earlier trial.

    :raises TrialError: if another owner has a container of that name, or if the container must run
        and exits immediately.
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
        _ensure_running(host, identifier, inputs.name)
    return Created(identifier)


def _spec(inputs: Container) -> ContainerSpec:
    return ContainerSpec(
        name=inputs.name,
        image=inputs.image,
        labels=_labels(inputs.labels),
        command=inputs.command,
        user=inputs.user,
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


def _ensure_running(host: DockerEngine, identifier: str, name: str) -> None:
    """Check that a container did not exit immediately. The verification checks that it works."""
    found = host.container(identifier)
    if found is None or found.status not in ("running", "restarting"):
        log = "".join(f"\n    {line}" for line in host.last_log_lines(identifier)) if found else ""
        raise TrialError(f"The container {name} exited immediately after its start.{log}")
