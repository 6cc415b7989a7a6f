"""Requests to a Docker engine for copies of a server's container."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import docker


class CopyClient:
    """The part of a Docker engine's client that concerns copies of containers."""

    if TYPE_CHECKING:

        @property
        def client(self) -> docker.DockerClient:
            """The connection."""

    def inspect(self, name: str) -> dict[str, Any] | None:
        """Return the output of `docker inspect`; None if there is no such container."""
        from components.docker.connection import docker

        try:
            return dict(self.client.api.inspect_container(name))
        except docker.errors.NotFound:
            return None

    def create_from(self, config: Mapping[str, Any], name: str, networks: Mapping[str, Any]) -> str:
        """Create a container from the content of a request, and return its ID.

        :param networks: options of further networks by name.
        """
        api: Any = self.client.api
        identifier = str(api.create_container_from_config(dict(config), name)["Id"])
        for network, options in networks.items():
            api.connect_container_to_network(identifier, network, aliases=options["Aliases"])
        return identifier

    def kill_container(self, identifier: str) -> None:
        """End a container at once. It is no error if it has ended."""
        from components.docker.connection import docker

        try:
            self.client.api.kill(identifier)
        except docker.errors.APIError as error:
            if error.status_code not in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
                raise

    def log(self, identifier: str) -> Iterator[str]:
        """Return all lines of a container's log, in the order of its two streams."""
        rest = b""
        for chunk in self.client.api.logs(identifier, stream=True, follow=False):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (line.decode(errors="replace") for line in lines)
        if rest:
            yield rest.decode(errors="replace")
