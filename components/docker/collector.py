"""Containers of the server's image that collect garbage, or say whether they can."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from common.errors import UserError
from common.labels import STORAGE_LABEL, Owner
from common.wait import wait_until
from components.docker import names
from components.docker.container_spec import MEBIBYTE, ContainerSpec
from components.docker.engine import DockerEngine
from components.docker.orphans import remove_orphan
from components.docker.server_copy import Differences, copy_of, further_networks
from components.servers.distribution.collection import (
    DRY_RUN,
    HELP,
    Collection,
    blob_path,
    collection_command,
    read_collection,
    supports_collection,
)
from components.servers.distribution.paths import ROOT_DIRECTORIES
from components.settings import Flavor
from components.storage.location import FILESYSTEM_KINDS, StorageLocation

HELP_SECONDS = 20.0
POLL_SECONDS = 0.1
SHOWN_LINES = 15
SIZE_REQUESTS = 4
"""Requests for sizes at the same time."""
MOST_SIZES = 5000
"""Blobs whose size is read. Each takes a request."""


@dataclass(frozen=True)
class Server:
    """The server's container whose packs are collected."""

    container_name: str
    owner: Owner
    inspected: Mapping[str, Any]
    """The output of `docker inspect`."""

    @property
    def location(self) -> StorageLocation:
        """Location of the packs."""
        return StorageLocation.from_label(self.inspected["Config"]["Labels"][STORAGE_LABEL])

    @property
    def root_directory(self) -> str:
        """Directory of the packs in the container; empty for a bucket."""
        if self.location.kind not in FILESYSTEM_KINDS:
            return ""
        is_oci = self.location.flavor == "oci"
        return ROOT_DIRECTORIES[Flavor.OCI if is_oci else Flavor.PACK]

    @property
    def _words(self) -> tuple[list[str], list[str]]:
        config = self.inspected["Config"]
        return list(config.get("Entrypoint") or ()), list(config.get("Cmd") or ())

    def command(self, *options: str, asks: bool = False) -> tuple[list[str], list[str]]:
        """Return entrypoint and command of a collection."""
        return collection_command(*self._words, options, asks=asks)


def can_collect(engine: DockerEngine, server: Server) -> bool:
    """Return whether the image has the command. It is asked without network, files and packs."""
    entrypoint, command = server.command(HELP, asks=True)
    spec = ContainerSpec(
        name=names.collector(server.container_name),
        image=server.inspected["Image"],
        labels=server.owner.labels,
        command=command,
        entrypoint=entrypoint,
        network_mode="none",
        read_only_root=True,
        security_options=["no-new-privileges:true"],
        drop_capabilities=["ALL"],
        memory=256 * MEBIBYTE,
    )
    remove_orphan(engine, spec.name, server.owner)
    try:
        identifier = engine.create_container(spec)
        engine.start_container(identifier)
        wait_until(lambda: _has_ended(engine, identifier), HELP_SECONDS, POLL_SECONDS)
        found = engine.container(identifier)
        if found is None or found.status != "exited":
            return False
        return supports_collection(found.exit_code, "\n".join(engine.log(identifier)))
    finally:
        remove_orphan(engine, spec.name, server.owner)


def collect(engine: DockerEngine, server: Server, *, dry_run: bool) -> Collection:
    """Run a collection until its end.

    A dry run can't change the packs. Without it, no server may write to them meanwhile.

    :raises UserError: if it fails.
    """
    name = names.collector(server.container_name)
    differences = Differences(
        labels=server.owner.labels,
        command=server.command(*([DRY_RUN] if dry_run else [])),
        has_network=not server.root_directory,
        has_read_only_data=dry_run,
    )
    networks = further_networks(server.inspected, differences)
    remove_orphan(engine, name, server.owner)
    try:
        identifier = engine.create_from(copy_of(server.inspected, differences), name, networks)
        engine.start_container(identifier)
        while not _has_ended(engine, identifier):
            time.sleep(POLL_SECONDS)
        found = engine.container(identifier)
        code = found.exit_code if found else 1
        collection = read_collection(code, engine.log(identifier))
        if collection is None:
            log = [line for line in engine.log(identifier) if line.strip()][-SHOWN_LINES:]
            shown = "".join(f"\n    {line}" for line in log)
            raise UserError(f"The collection failed (exit code {code}):{shown}")
        return collection
    finally:
        remove_orphan(engine, name, server.owner)


def removable_bytes(
    engine: DockerEngine, server: Server, collection: Collection
) -> tuple[int, int] | None:
    """Return the size of what a collection removes, and how many blobs it counts.

    :returns: None for a bucket.
    """
    root, identifier = server.root_directory, server.inspected["Id"]
    if not root:
        return None
    counted = collection.removed[:MOST_SIZES]
    with ThreadPoolExecutor(SIZE_REQUESTS) as pool:
        sizes = pool.map(
            lambda digest: engine.file_size(identifier, f"{root}/{blob_path(digest)}"), counted
        )
        return sum(size or 0 for size in sizes), len(counted)


def _has_ended(engine: DockerEngine, identifier: str) -> bool:
    found = engine.container(identifier)
    return found is None or found.status in ("exited", "dead")
