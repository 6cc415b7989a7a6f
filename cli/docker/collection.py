"""Garbage collection of a registry on a Docker host: removal of blobs that no version refers to.

The server keeps in memory which blobs exist. After a collection, it would answer that a removed
layer is there, and a pack that is pushed again would stay broken. Nothing may be pushed during a
collection either. So a read-only copy of the server takes its place, and the server starts again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cli import interrupts
from cli.collection_report import describe_removal, describe_result, no_command
from cli.console import CommandError, info, make_command, progress
from cli.owners import stack_owner
from common.errors import UserError
from common.wait import wait_until
from components.docker.collector import Server, can_collect, collect, removable_bytes
from components.docker.engine import DockerEngine
from components.docker.errors import ContainerNotOwnedError
from components.docker.plan import docker_plan
from components.docker.post_update import finish_update
from components.docker.read_only import resume_writing, serve_read_only
from components.docker.uploads import uploading_packs
from components.servers.distribution.collection import Collection
from components.servers.distribution.environment import READ_ONLY
from components.servers.server import registry_server
from components.settings import Settings
from components.verification.tls_client import TlsTrust

UPLOAD_SECONDS = 120.0
"""Time to wait for a moment without uploads."""


@dataclass(frozen=True)
class DockerCollection:
    """One garbage collection, while the lock is held."""

    engine: DockerEngine
    settings: Settings
    stack: str
    outputs: Mapping[str, Any]
    """The stack's outputs, with secrets."""

    def run(self, *, apply: bool) -> None:
        """Report what is removed, and remove it if requested.

        :raises CommandError: if it fails. The server then runs as before.
        """
        try:
            self._run(apply=apply)
        except UserError as error:
            raise CommandError(str(error)) from None

    def _run(self, *, apply: bool) -> None:
        server = self._server
        if not can_collect(self.engine, server):
            raise CommandError(no_command(self.settings.server_image))
        with progress("Looking for blobs that no version refers to"):
            found = collect(self.engine, server, dry_run=True)
        size = removable_bytes(self.engine, server, found)
        describe_removal(found, size, self.stack, apply=apply)
        if not apply or not found.removed:
            return
        self._wait_for_uploads(server)
        removed = self._collect(server)
        self._verify()
        describe_result(removed, size if set(removed.removed) == set(found.removed) else None)

    @cached_property
    def _server(self) -> Server:
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

    def _wait_for_uploads(self, server: Server) -> None:
        packs: set[str] = set()

        def is_quiet() -> bool:
            was_busy = bool(packs)
            packs.clear()
            packs.update(uploading_packs(self.engine, server))
            if packs and not was_busy:
                info(f"Waiting for an upload to {', '.join(packs)}")
            return not packs

        if not wait_until(is_quiet, UPLOAD_SECONDS, interval=1.0):
            raise CommandError(
                f"Clients upload to {', '.join(packs)}. Nothing was removed. When they have "
                f"finished, run `{make_command('gc APPLY=1', self.stack)}` again."
            )

    def _collect(self, server: Server) -> Collection:
        """Collect while the registry is read-only. Pushes are possible again in any case."""
        name, owner = server.container_name, server.owner
        try:
            with progress("Removing blobs. The registry can be read, and rejects pushes"):
                serve_read_only(self.engine, name, owner, server.inspected, READ_ONLY)
                removed = collect(self.engine, server, dry_run=False)
        except UserError as error:
            self._resume(server)
            raise CommandError(f"{error}\nThe registry accepts pushes again.") from None
        except BaseException:
            self._resume(server)
            raise
        self._resume(server)
        return removed

    def _resume(self, server: Server) -> None:
        with interrupts.ignored():
            resume_writing(self.engine, server.container_name, server.owner)

    def _verify(self) -> None:
        """Verify the registry as an update does."""
        outputs, registration = self.outputs, self.outputs["consoleRegistration"]
        plan = docker_plan(self.settings, registry_server(self.settings).process)
        found = self.engine.container(self._server.container_name)
        if found and found.published:  # the settings may have changed since the last update
            addresses = [address for address, _ in sorted(found.published)]
            port = min(port for _, port in found.published)
            plan = replace(plan, container_name=found.name, addresses=addresses, port=port)
        passwords = {user: text for user, text in outputs["users"].items() if text}
        trust = TlsTrust(
            outputs["caCertificate"],
            registration.get("clientCertificate", ""),
            registration.get("clientKey", ""),
        )
        finish_update(self.engine, plan, passwords, trust)
