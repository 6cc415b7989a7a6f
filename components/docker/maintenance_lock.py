"""The lock of a registry on a Docker host: a container that is created and never started.

Docker reserves a container's name atomically.
"""

from __future__ import annotations

from http import HTTPStatus

from common.labels import MAINTENANCE_LABEL, Owner
from components.docker import names
from components.docker.container_spec import ContainerSpec
from components.docker.engine import DockerEngine
from components.maintenance.lock import Holder, Lock


class DockerLockStore:
    """The place of one registry's lock on a Docker host."""

    def __init__(self, engine: DockerEngine, container_name: str, owner: Owner) -> None:
        """Select the registry."""
        self._engine = engine
        self._name = names.maintenance_lock(container_name)
        self._owner = owner

    def create(self, holder: Holder) -> str | None:
        """Create the lock."""
        from components.docker.connection import docker

        labels = {**self._owner.labels, MAINTENANCE_LABEL: holder.to_text()}
        spec = ContainerSpec(
            name=self._name,
            # After the loss of a host, a restore comes before the server's image.
            image=self._engine.empty_image(),
            labels=labels,
            # Docker refuses an image without a command, also for a container that never starts.
            command=["maintenance"],
            network_mode="none",
        )
        try:
            return self._engine.create_container(spec)
        except docker.errors.APIError as error:
            if error.status_code == HTTPStatus.CONFLICT:
                return None
            raise

    def find(self) -> Lock | None:
        """Return the lock."""
        found = self._engine.container(self._name)
        if found is None:
            return None
        return Lock(found.id, Holder.parse(found.labels.get(MAINTENANCE_LABEL, "{}")))

    def remove(self, identifier: str) -> None:
        """Remove one lock."""
        self._engine.remove_container(identifier)
