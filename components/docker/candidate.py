"""A container beside the server that runs, with files of its own and packs that it can't change; it is only there to be verified.

Left out on purpose: when there is one, and what its verification means (``components/gate.py``).
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from typing import Any

from common.labels import CANDIDATE_LABEL, Owner
from common.types.docker import size_in_bytes
from components.docker.container import security_options, temporary_directories
from components.docker.engine import DockerEngine
from components.servers.distribution.environment import (
    READ_ONLY,
    container_port,
    environment,
    server_command,
)
from components.servers.distribution.files import config_directories
from components.servers.distribution.paths import ACME_DIRECTORY, DATA_DIRECTORY
from components.settings import Settings, StorageKind


def start_test_container(
    host: DockerEngine,
    settings: Settings,
    owner: Owner,
    name: str,
    image_id: str,
    files: Mapping[str, tuple[str, str]],
    stored: str,
) -> str:
    """Create a candidate, give it its files and its networks, and start it; its id.

    What was made is still there when this fails.

    :param files: content and mode of the server's files, by name.
    :param stored: the volume or the host's directory that holds the packs; empty where neither does.
    """
    client = host.client
    directories = config_directories(settings)
    identifier = str(
        client.containers.create(
            image_id, name=name, **_options(host, settings, owner, directories, stored)
        ).id
    )
    archive = _archive(files)
    for directory in directories:
        client.api.put_archive(identifier, directory, archive)
    for network in settings.networks:
        client.api.connect_container_to_network(identifier, network)
    client.api.start(identifier)
    return identifier


def candidate_address(host: DockerEngine, settings: Settings) -> str:
    """Where a candidate is published: on the loopback address, or on a remote host, whose own can't be reached from here, where the server is."""
    return "127.0.0.1" if host.is_local else settings.bind_address


def _options(
    host: DockerEngine, settings: Settings, owner: Owner, directories: list[str], stored: str
) -> dict[str, Any]:
    """How a candidate is run: as the server is, but for its port, for files that end with it, and for packs that it can't change."""
    mount = host.types.Mount
    mounts = [mount(directory, None) for directory in directories]
    if stored:
        mounts.append(
            mount(
                DATA_DIRECTORY,
                stored,
                type="bind" if stored.startswith("/") else "volume",
                read_only=True,
            )
        )
    if settings.acme_volume:
        mounts.append(mount(ACME_DIRECTORY, settings.acme_volume, read_only=True))
    options, memory = settings.server, size_in_bytes(settings.limits.memory)
    return {
        "command": server_command(settings),
        "environment": {
            **environment(settings),
            **(READ_ONLY if settings.storage.kind is StorageKind.S3 else {}),
        },
        "labels": {**owner.labels, CANDIDATE_LABEL: "true"},
        "ports": {container_port(settings): (candidate_address(host, settings), None)},
        "mounts": mounts,
        "read_only": options.read_only_root,
        "tmpfs": temporary_directories(options),
        "cap_add": options.add_capabilities,
        "cap_drop": options.drop_capabilities,
        "security_opt": security_options(options),
        "mem_limit": memory,
        "memswap_limit": memory,
        "nano_cpus": round(settings.limits.cpus * 1e9),
        "pids_limit": settings.limits.pids,
    }


def _archive(files: Mapping[str, tuple[str, str]]) -> bytes:
    """Root's files as Docker takes them."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, (text, mode) in files.items():
            content = text.encode()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), int(mode, 8)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()
