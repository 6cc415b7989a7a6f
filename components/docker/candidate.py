"""The container of a smoke test: a changed server next to the running one.

It has its own files, and mounts the packs read-only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from common.labels import CANDIDATE_LABEL, Owner
from common.types.network import is_loopback
from components.docker import names
from components.docker.addresses import ALL_IPV6
from components.docker.archive import make_tar
from components.docker.container import published_ports, server_spec
from components.docker.container_spec import ContainerSpec, Mount, PublishedPort
from components.docker.container_state import ALL_IPV4
from components.docker.engine import DockerEngine
from components.docker.plan import DockerPlan
from components.docker.server_user import owner_of_files, prepare_packs
from components.servers.paths import ACME_DIRECTORY, DATA_DIRECTORY


@dataclass(frozen=True)
class CandidateInputs:
    """What a test container runs with."""

    subject: str
    """What is tested, as the start of a sentence."""
    image_id: str
    files: Mapping[str, tuple[str, str]]
    """Content and octal mode of the server's files, by name."""
    data_source: str
    """The volume or directory of the host with the packs; empty for S3 and memory."""
    user: str = ""
    """User and group of the server; empty for the image's own user."""
    tries_addresses: bool = False
    """Also publish ports on the server's other addresses, which the Docker host may not have."""


def start_candidate(
    engine: DockerEngine, plan: DockerPlan, owner: Owner, inputs: CandidateInputs
) -> str:
    """Create a test container, copy its files, connect its networks, and start it.

    If this fails, the container may exist.

    :returns: the container's ID.
    """
    identifier = engine.create_container(candidate_spec(engine, plan, owner, inputs))
    file_owner = owner_of_files(inputs.user)
    tar = make_tar(inputs.files, file_owner)
    for directory in plan.process.config_directories:
        engine.extract_archive(identifier, directory, tar)
    if plan.process.packs_directory:
        prepare_packs(engine, plan, identifier, file_owner)
    for network in plan.networks:
        engine.connect_to_network(identifier, network)
    engine.start_container(identifier)
    return identifier


def candidate_address(engine: DockerEngine, plan: DockerPlan) -> str:
    """Return the address on which the test container is published.

    On a remote host, the loopback address can't be reached from here. There it is the server's.
    """
    return "127.0.0.1" if engine.is_local else plan.addresses[0]


def has_certificate(engine: DockerEngine, plan: DockerPlan, identifier: str) -> bool:
    """Return whether a test container finds a certificate that an ACME server issued.

    The cache of Go's autocert has a file for each name.
    """
    try:
        engine.read_archive(identifier, f"{ACME_DIRECTORY}/{plan.hostname}")
    except LookupError:
        return False
    return True


def candidate_spec(
    engine: DockerEngine, plan: DockerPlan, owner: Owner, inputs: CandidateInputs
) -> ContainerSpec:
    """Return the server's container, with its own name, port and files, and read-only packs."""
    server = server_spec(plan)
    # Anonymous volumes: they are removed with the container.
    mounts = [Mount(directory, None) for directory in plan.process.config_directories]
    if inputs.data_source and plan.process.writes_at_start:
        # Two of these servers must not write to the same packs.
        mounts.append(Mount(DATA_DIRECTORY, None))
    elif source := inputs.data_source:
        is_directory = source.startswith("/")
        kind: Literal["bind", "volume"] = "bind" if is_directory else "volume"
        mounts.append(Mount(DATA_DIRECTORY, source, kind, read_only=True))
    if plan.acme_volume:
        mounts.append(Mount(ACME_DIRECTORY, plan.acme_volume, read_only=True))
    return replace(
        server,
        name=names.candidate(plan.container_name),
        image=inputs.image_id,
        user=inputs.user,
        labels={**owner.labels, CANDIDATE_LABEL: "true"},
        environment={**server.environment, **plan.process.read_only_environment},
        ports=list(_ports(plan, candidate_address(engine, plan), inputs.tries_addresses)),
        mounts=mounts,
        restart="no",
    )


def _ports(plan: DockerPlan, address: str, tries_addresses: bool) -> Iterator[PublishedPort]:
    """Return ports that Docker chooses. The first one is for the verification."""
    yield PublishedPort(plan.process.port, None, address)
    if tries_addresses:
        for port in published_ports(plan):
            # All hosts have the others.
            is_specific = port.address not in (ALL_IPV4, ALL_IPV6) and not is_loopback(port.address)
            if is_specific and (port.internal, port.address) != (plan.process.port, address):
                yield replace(port, external=None)
