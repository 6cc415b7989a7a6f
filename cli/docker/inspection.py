"""A registry on a Docker host, as ``make status`` inspects it."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from cli.condition import Line, Space, UnknownError
from cli.console import make_command
from cli.docker.data_size import PacksData
from cli.docker.server_lines import container_state, docker_command, server_lines
from cli.maintenance import lock_line
from cli.owners import stack_owner
from cli.pulumi.record import Record
from components.docker import names
from components.docker.addresses import is_unreachable, reachable_address
from components.docker.container_state import ContainerState
from components.docker.engine import DockerEngine
from components.docker.errors import describe_error
from components.docker.maintenance_lock import DockerLockStore
from components.docker.plan import docker_plan
from components.docker.read_only import is_read_only
from components.docker.server_check import log_tail
from components.servers.paths import AUTH_DIRECTORY, CONFIG_DIRECTORY, HTPASSWD_FILE
from components.servers.process import FileGroup
from components.servers.server import registry_server
from components.settings import Settings
from components.storage.location import StorageLocation
from components.verification.probe import Probe
from components.verification.tls_client import Endpoint


@dataclass(frozen=True)
class DockerInspection:
    """A registry on a Docker host (``cli.condition.Inspection``)."""

    engine: DockerEngine
    settings: Settings
    stack: str
    record: Record

    @property
    def name(self) -> str:
        """Name of the server's container at the last update."""
        return str(self.record.outputs.get("containerName") or self.settings.container_name)

    @cached_property
    def location(self) -> StorageLocation:
        """Location of the packs."""
        return docker_plan(self.settings, registry_server(self.settings).process).location

    @cached_property
    def _inspected(self) -> Mapping[str, Any] | None:
        """The output of `docker inspect` for the server."""
        return self.engine.inspect(self.name)

    @property
    def _container(self) -> ContainerState:
        """The server's container.

        :raises UnknownError: if it does not exist.
        """
        if self._inspected is None:
            raise UnknownError(f"there is no container {self.name}")
        return ContainerState.of(self._inspected)

    @property
    def _up(self) -> str:
        return make_command("up", self.stack)

    def server(self) -> Iterator[Line]:
        """Inspect the container and its image."""
        return server_lines(self.engine, self.settings, self.record, self.name, self._inspected)

    def maintenance(self) -> Iterator[Line]:
        """Look for the container that is the lock, and for a copy of the server."""
        owner, name = stack_owner(self.stack), self.settings.container_name
        found = DockerLockStore(self.engine, name, owner).find()
        yield lock_line(found, self.stack, lambda: is_read_only(self.engine, name, owner))

    @contextlib.contextmanager
    def connection(self) -> Iterator[Probe]:
        """Connect to the published port."""
        found, settings = self._container, self.settings
        if found.status != "running":
            raise UnknownError(f"the {container_state(self.name, found.status)}")
        served = sorted(found.served) or [(settings.bind_address, settings.published_port)]
        bound, port = served[0]
        if is_unreachable(self.engine, bound):
            raise UnknownError(
                f"{bound} can be reached only on the Docker host {self.engine.address}",
                f"Run `{make_command('status', self.stack)}` there.",
            )
        endpoint = Endpoint(
            settings.hostname,
            reachable_address(self.engine, bound),
            port,
            self.record.trust if settings.https else None,
        )
        yield Probe(endpoint, registry_server(settings).process.api)

    def address(self) -> str:
        """Return the Docker host's address."""
        return reachable_address(self.engine, self.settings.published_addresses[0])

    def log(self) -> list[str]:
        """Read the container's log."""
        return log_tail(self.engine, self.engine.container(self.name))

    def whole_log(self, lines: int) -> list[str]:
        """Read the container's log."""
        return self.engine.last_log_lines(self._container.id, lines)

    def htpasswd(self) -> tuple[str, str]:
        """Read the file in the server's container, which does not have to run."""
        writer = names.writer(self.settings.container_name, FileGroup.USERS)
        remove = docker_command(self.engine, "rm", writer)
        fix = f"Run `{remove}`, then `{self._up}`, which writes the file again."
        for directory in (AUTH_DIRECTORY, CONFIG_DIRECTORY):
            with contextlib.suppress(LookupError):
                path = f"{directory}/{HTPASSWD_FILE}"
                return _only_file(self.engine.read_archive(self._container.id, path)), fix
        raise UnknownError("the server's container has no htpasswd file", fix)

    def size(self) -> int:
        """Add up the files, or ask Docker for the size of the volume."""
        return self._packs.size()

    def spaces(self) -> Iterator[Space | Line]:
        """Ask for the file systems of the packs and of Docker's own directory."""
        return self._packs.spaces()

    @property
    def _packs(self) -> PacksData:
        return PacksData(self.engine, self.location, self._inspected)

    def time(self) -> datetime:
        """Return the time of the Docker host."""
        return self.engine.time()

    def describe(self, error: Exception) -> str:
        """Name the Docker host, and Docker's reason."""
        return f"Docker error on {self.engine.url}: {describe_error(error)}"


def _only_file(packed: bytes) -> str:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        file = archive.extractfile(archive.getmembers()[0])
        return file.read().decode(errors="replace") if file else ""
