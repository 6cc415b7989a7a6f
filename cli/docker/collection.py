"""Garbage collection of a registry on a Docker host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cli.client_outputs import passwords_of, trust_of
from cli.collection import Size, Versions
from cli.console import CommandError, info, make_command
from cli.owners import stack_owner
from common.wait import wait_until
from components.docker.collector import Server, can_collect, collect, removable_bytes
from components.docker.engine import DockerEngine
from components.docker.errors import ContainerNotOwnedError
from components.docker.plan import docker_plan
from components.docker.post_update import finish_update
from components.docker.read_only import resume_writing, serve_read_only
from components.docker.stored_packs import read_stored_packs
from components.servers.distribution.collection import Collection
from components.servers.distribution.environment import READ_ONLY
from components.servers.server import registry_server
from components.settings import Settings

UPLOAD_SECONDS = 120.0
"""Time to wait for a moment without long uploads."""


@dataclass(frozen=True)
class DockerRegistry:
    """A registry that is collected (``cli.collection.CollectedRegistry``)."""

    engine: DockerEngine
    settings: Settings
    stack: str
    outputs: Mapping[str, Any]
    """The stack's outputs, with secrets."""

    @property
    def image(self) -> str:
        """The server's image."""
        return str(self.server.inspected["Config"]["Image"])

    @cached_property
    def server(self) -> Server:
        """The running server.

        :raises CommandError: if it does not run.
        """
        name = str(self.outputs["containerName"])
        inspected, owner = self.engine.inspect(name), stack_owner(self.stack)
        if inspected is not None and not owner.owns(inspected["Config"]["Labels"]):
            raise CommandError(str(ContainerNotOwnedError(name, inspected["Config"]["Labels"])))
        if inspected is None or inspected["State"]["Status"] != "running":
            status = inspected["State"]["Status"] if inspected else "missing"
            raise CommandError(
                f"The registry of stack {self.stack} does not run: its container {name} is "
                f"{status}. Nothing was removed. Run `{make_command('up', self.stack)}` first."
            )
        return Server(name, owner, inspected)

    def can_collect(self) -> bool:
        """Ask the image."""
        return can_collect(self.engine, self.server)

    def versions(self) -> Versions | None:
        """Read the mounted directory."""
        if not self.server.root_directory:
            return None
        return read_stored_packs(self.engine, self.server).versions

    def collect(self, *, dry_run: bool) -> Collection:
        """Run a container of the server's image."""
        return collect(self.engine, self.server, dry_run=dry_run)

    def size(self, found: Collection) -> Size:
        """Read the sizes of files."""
        return removable_bytes(self.engine, self.server, found)

    def wait_for_uploads(self, retry: str) -> None:
        """Read the mounted directory until no upload takes long. In a bucket, none is found.

        :raises CommandError: if one does not end.
        """
        found = read_stored_packs(self.engine, self.server)

        def is_quiet() -> bool:
            nonlocal found
            was_quiet = not found.long_upload
            found = read_stored_packs(self.engine, self.server, found.uploads)
            if found.long_upload and was_quiet:
                info(f"Waiting for an upload to {found.long_upload}")
            return not found.long_upload

        if not wait_until(is_quiet, UPLOAD_SECONDS, interval=1.0):
            raise CommandError(
                f"A client uploads to {found.long_upload}. Nothing was removed. When it has "
                f"finished, run `{retry}` again."
            )

    def serve_read_only(self) -> None:
        """Start a copy of the server in its place."""
        server = self.server
        serve_read_only(
            self.engine, server.container_name, server.owner, server.inspected, READ_ONLY
        )

    def resume_writing(self) -> None:
        """Start the server again."""
        resume_writing(self.engine, self.server.container_name, self.server.owner)

    def verify(self) -> None:
        """Verify the registry as an update does."""
        plan = docker_plan(self.settings, registry_server(self.settings).process)
        found = self.engine.container(self.server.container_name)
        if found and found.published:  # the settings may have changed since the last update
            addresses = [address for address, _ in sorted(found.published)]
            port = min(port for _, port in found.published)
            plan = replace(plan, container_name=found.name, addresses=addresses, port=port)
        outputs = self.outputs
        finish_update(self.engine, plan, passwords_of(outputs), trust_of(outputs))
