"""The gate that a new image must pass before the running server is touched.

The new image is started beside the old one, with the same configuration and a read-only view of the packs, on a port that nobody knows;
it is verified as the server is at the end of an update, and removed. Where it fails, the update fails and the old server was never stopped.

Left out on purpose: what a verification asks (``components/verification.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from components import syntax
from components.config_volume import config_directories, server_command
from components.docker_host import DockerHost, clear_orphan, failures_told
from components.errors import ToldError
from components.model import Settings
from components.ownership import Owner
from components.preflight import candidate_name, reachable_address
from components.proof import VerificationError, advice, checked, log_of
from components.server import CANDIDATE_LABEL, container_port, environment
from components.server_file import ACME_DIRECTORY
from components.storage import DATA_DIRECTORY
from components.verification import APIS, Probe, Target, Trust

if TYPE_CHECKING:
    pass

UNTOUCHED = "the server that runs was not touched; set image back, or mend the new one: "


def pass_gate(host: DockerHost, settings: Settings, owner: Owner, image_id: str, passwords: Mapping[str, str], trust: Trust, stored: str) -> None:
    """Prove a new image where another one is running; do nothing where there is no server, or it has that image.

    :param image_id: the image's own id, as Docker tells it of a container.
    :param stored: the volume or the host's directory that holds the packs, which is there; empty where neither does.
    :raises VerificationError: where the new image does not pass.
    :raises ToldError: where it can't be started, or the Docker host fails meanwhile.
    """
    with failures_told(host, "the new image was tried on it"):
        _pass_gate(host, settings, owner, image_id, passwords, trust, stored)


def _pass_gate(host: DockerHost, settings: Settings, owner: Owner, image_id: str, passwords: Mapping[str, str], trust: Trust, stored: str) -> None:
    running = host.container(settings.container_name)
    if not settings.verify or running is None or running.status != "running" or running.image == image_id:
        return
    name = candidate_name(settings)
    clear_orphan(host, name, owner)  # that an update left which was killed; the preflight has seen that it is nobody else's
    address = "127.0.0.1" if host.is_local else settings.bind_address
    try:
        identifier = host.run_container(name, image_id, **_options(host, settings, owner, address, stored))
    except Exception as error:  # the library's, the socket's and ssh's errors have no common base
        clear_orphan(host, name, owner)
        reason = " ".join(str(getattr(error, "explanation", None) or error).split())
        raise ToldError(
            f"The new image {settings.server_image} could not be started beside the server that runs ({reason}); that one was not touched."
        ) from None
    try:
        target = Target(settings.hostname, reachable_address(host, address), host.published_port(identifier), trust if settings.https else None)
        found = host.container(identifier)
        probe = Probe(target, APIS[settings.flavor])
        failures = checked(host, found, probe, passwords) if found else []
        if failures:
            log = log_of(host, found)
            raise VerificationError(f"The new image {settings.server_image}", failures, UNTOUCHED + advice(failures, log, probe.api), log)
    finally:
        host.remove_container(identifier)


def _options(host: DockerHost, settings: Settings, owner: Owner, address: str, stored: str) -> dict[str, Any]:
    """How the candidate is run: as the server is, but for its port and for packs that it can't change."""
    types = host.types
    volumes = [types.Mount(directory, settings.config_volume, read_only=True) for directory in config_directories(settings)]
    if stored:
        volumes.append(types.Mount(DATA_DIRECTORY, stored, type="bind" if stored.startswith("/") else "volume", read_only=True))
    if settings.acme_volume:
        volumes.append(types.Mount(ACME_DIRECTORY, settings.acme_volume, read_only=True))
    options, memory = settings.server, syntax.size_in_bytes(settings.limits.memory)
    return {
        "command": server_command(settings),
        "environment": environment(settings),
        "labels": {**owner.labels, CANDIDATE_LABEL: "true"},
        "ports": {container_port(settings): (address, None)},
        "mounts": volumes,
        "read_only": options.read_only_root,
        "tmpfs": {"/tmp": "rw,noexec,nosuid,nodev,size=64m"} if options.read_only_root else None,  # noqa: S108 - a mount point, not a file
        "cap_add": options.add_capabilities,
        "cap_drop": options.drop_capabilities,
        "security_opt": ["no-new-privileges:true"] if options.no_new_privileges else [],
        "mem_limit": memory,
        "memswap_limit": memory,
        "pids_limit": settings.limits.pids,
    }
