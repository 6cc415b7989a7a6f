"""Client of a Docker engine: its address, containers, volumes and networks."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from common.wait import wait_until
from components.docker.archives import ArchiveClient
from components.docker.container_state import ContainerState
from components.docker.copies import CopyClient
from components.docker.images import ImageClient
from components.docker.ssh import configured_hostname

if TYPE_CHECKING:
    import docker

    from components.docker.container_spec import ContainerSpec

LOCAL_SOCKET = "unix:///var/run/docker.sock"
REQUEST_SECONDS = 30
ENDING_SECONDS = 10.0  # a busy engine takes a while to notice the end of a container

ACTIVE_STATES = ("running", "restarting", "paused")
"""States in which a container holds its ports, or takes them again by itself."""


class DockerEngine(ImageClient, CopyClient, ArchiveClient):
    """A Docker engine on this machine or another one.

    The methods raise ``docker.errors.DockerException`` or ``OSError`` if the engine can't be
    reached or returns an error.
    """

    def __init__(
        self, url: str = "", cert_path: str = "", *, timeout: int = REQUEST_SECONDS
    ) -> None:
        """Set the engine's URL. The connection is made at the first request.

        :param url: empty for the environment's engine (DOCKER_HOST, or the local socket).
        :param cert_path: directory with ca.pem, cert.pem and key.pem for a tcp:// URL; empty for
            the environment's, too.
        :param timeout: seconds for each request.
        """
        self.configured_url = url
        self._timeout = timeout
        self.cert_path = cert_path
        self.url = url or os.environ.get("DOCKER_HOST", "") or LOCAL_SOCKET

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that select this engine in the Docker CLI."""
        variables = {"DOCKER_HOST": self.configured_url} if self.configured_url else {}
        if self.cert_path:
            variables |= {"DOCKER_CERT_PATH": self.cert_path, "DOCKER_TLS_VERIFY": "1"}
        return variables

    @property
    def is_local(self) -> bool:
        """Whether the engine runs on this machine."""
        return self.url.startswith("unix://")

    @functools.cached_property
    def address(self) -> str:
        """Address of the host, where published ports are reached."""
        name = "" if self.is_local else urlsplit(self.url).hostname or ""
        return (self.url.startswith("ssh://") and configured_hostname(name)) or name or "127.0.0.1"

    @functools.cached_property
    def client(self) -> docker.DockerClient:
        """The connection."""
        return self.connect(timeout=self._timeout)

    def connect(self, *, timeout: int) -> docker.DockerClient:
        """Open another connection.

        :param timeout: seconds for each request.
        """
        from components.docker.connection import docker

        environment = {"DOCKER_HOST": self.url, **self.variables}
        if self.url.startswith("tcp://"):  # others would fail without the files of these variables
            environment = {**os.environ, **environment}
        return docker.from_env(
            environment=environment, timeout=timeout, use_ssh_client=self.url.startswith("ssh://")
        )

    def info(self) -> dict[str, Any]:
        """Return the output of `docker info`, with the API's version as ``ApiVersion``."""
        return {**self.client.info(), "ApiVersion": self.client.api.api_version}

    def time(self) -> datetime:
        """Return the time of the engine's host."""
        return datetime.fromisoformat(str(self.info()["SystemTime"]))

    # Containers

    def containers(self) -> list[dict[str, Any]]:
        """List all containers, running or not: Names, Labels, State, Ports."""
        return list(self.client.api.containers(all=True))

    def container(self, name: str) -> ContainerState | None:
        """Return the state of a container by name or ID; None if it does not exist."""
        from components.docker.connection import docker

        try:
            inspected = self.client.api.inspect_container(name)
        except docker.errors.NotFound:
            return None
        return ContainerState.of(inspected)

    def create_container(self, spec: ContainerSpec) -> str:
        """Create a container without starting it, and return its ID."""
        api: Any = self.client.api
        options = spec.to_docker_api()
        host_config = api.create_host_config(**options.pop("host_config"))
        config = api.create_container_config(host_config=host_config, **options)
        return str(api.create_container_from_config(config, spec.name)["Id"])

    def start_container(self, identifier: str) -> None:
        """Start a container."""
        self.client.api.start(identifier)

    def connect_to_network(self, identifier: str, network: str) -> None:
        """Connect a container to one more network."""
        self.client.api.connect_container_to_network(identifier, network)

    def published_port(self, identifier: str, internal: int) -> int:
        """Return the host port that Docker chose for a container's port; 0 if it ended.

        If the port is published on several addresses, it is the one of the first address.
        """
        inspected = self.client.api.inspect_container(identifier)
        key = f"{internal}/tcp"
        first = inspected["HostConfig"]["PortBindings"][key][0]["HostIp"]
        bindings = inspected["NetworkSettings"]["Ports"].get(key) or []
        # Docker may write an IPv6 address in another way.
        bindings = [each for each in bindings if each["HostIp"] == first] or bindings
        return int(bindings[0]["HostPort"]) if bindings else 0

    def remove_container(self, identifier: str) -> None:
        """Stop and remove a container, and wait if another command is removing it.

        Its named volumes remain. A container that does not exist is no error.
        """
        from components.docker.connection import docker

        try:
            self.client.api.remove_container(identifier, force=True, v=True)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError as error:
            is_being_removed = error.status_code == HTTPStatus.CONFLICT
            if not is_being_removed or not wait_until(
                lambda: self.container(identifier) is None, ENDING_SECONDS
            ):
                raise

    def stop_container(self, identifier: str) -> None:
        """Stop a container. With its restart policy, Docker starts it again when the host boots."""
        self.client.api.stop(identifier)

    def restart_container(self, identifier: str) -> None:
        """Restart a container."""
        self.client.api.restart(identifier)

    def limit_processes(self, identifier: str, pids: int) -> None:
        """Set a container's process limit without a restart (Docker API, ContainerUpdate)."""
        api: Any = self.client.api
        response = api.post(
            f"{api.base_url}/v{api.api_version}/containers/{identifier}/update",
            json={"PidsLimit": pids},
        )
        api._raise_for_status(response)  # with Docker's message, as the client's methods do

    @contextlib.contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """Pause a container until the block ends. Requests wait meanwhile.

        A container that does not run, or can't be paused, is left as it is.
        """
        from components.docker.connection import docker

        found = self.container(name)
        if found is None or found.status != "running":
            yield
            return
        try:
            self.client.api.pause(found.id)
        except docker.errors.APIError:  # it just ended, or the host does not support it
            yield
            return
        try:
            yield
        finally:
            self.unpause(found.id)

    def unpause(self, identifier: str) -> None:
        """Resume a paused container.

        Docker can't resume a container whose server ended while it was paused, and may show it as
        paused for a moment longer. That is no error.
        """
        from components.docker.connection import docker

        def is_resumed() -> bool:
            try:
                self.client.api.unpause(identifier)
            except docker.errors.APIError:
                found = self.container(identifier)
                return found is None or found.status != "paused"
            return True

        if not wait_until(is_resumed, ENDING_SECONDS):
            self.client.api.unpause(identifier)  # raises Docker's reason

    def last_log_lines(self, identifier: str, count: int = 15) -> list[str]:
        """Return the last lines of a container's log."""
        log = self.client.api.logs(identifier, tail=count)
        return str(log.decode(errors="replace")).splitlines()

    def log_lines_since(self, identifier: str, start: datetime) -> list[str]:
        """Return the lines of a container's log since a time of the engine's clock."""
        log = self.client.api.logs(identifier, since=start.timestamp())
        return str(log.decode(errors="replace")).splitlines()

    # Volumes and networks

    def volume_labels(self, name: str) -> dict[str, str] | None:
        """Return the labels of a volume; None if it does not exist."""
        from components.docker.connection import docker

        try:
            return self.client.api.inspect_volume(name)["Labels"] or {}
        except docker.errors.NotFound:
            return None

    def volume_directory(self, name: str) -> str:
        """Return the directory of a volume on the host; empty if the volume does not exist."""
        from components.docker.connection import docker

        try:
            return str(self.client.api.inspect_volume(name)["Mountpoint"])
        except docker.errors.NotFound:
            return ""

    def volume_size(self, name: str) -> int | None:
        """Return the bytes that a volume takes; None if Docker does not know.

        Docker adds up the files of all volumes, except those with mount options.
        """
        api: Any = self.client.api
        response = api._get(api._url("/system/df"), params={"type": "volume"})
        volumes = api._result(response, json=True).get("Volumes") or ()
        sizes = {each["Name"]: (each.get("UsageData") or {}).get("Size", -1) for each in volumes}
        size = int(sizes.get(name, -1))
        return None if size < 0 else size

    def remove_volume(self, name: str) -> bool:
        """Remove a volume and its content; return whether it existed."""
        from components.docker.connection import docker

        try:
            self.client.api.remove_volume(name)
        except docker.errors.NotFound:
            return False
        return True

    def has_network(self, name: str) -> bool:
        """Return whether a network exists."""
        return any(network["Name"] == name for network in self.client.api.networks(names=[name]))
