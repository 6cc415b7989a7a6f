"""A fake Docker host: its content is given, and it records every change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from common.labels import Owner
from components.docker.engine import LOCAL_SOCKET, ContainerState, DockerEngine

OWNER = Owner("pack-registry", "test", "registry")
OTHER_OWNER = Owner("pack-registry", "other", "registry")
FACTS = {
    "ApiVersion": "1.51",
    "ServerVersion": "28.0.1",
    "OSType": "linux",
    "NCPU": 2,
    "MemTotal": 4_000_000_000,
}


@dataclass
class FakeContainer:
    """A container of the host."""

    name: str
    labels: dict[str, str] = field(default_factory=lambda: dict(OWNER.labels))
    ports: tuple[int, ...] = ()
    ip: str = "0.0.0.0"
    protocol: str = "tcp"
    status: str = "running"
    exit_code: int = 0
    pids_limit: int = 256
    image: str = "sha256:1"
    log: list[str] = field(default_factory=list)

    @property
    def state(self) -> ContainerState:
        """The result of `docker inspect`."""
        return ContainerState(
            id=self.name,
            labels=self.labels,
            status=self.status,
            exit_code=self.exit_code,
            image=self.image,
            pids_limit=self.pids_limit,
            published=frozenset((self.ip, port) for port in self.ports),
        )

    @property
    def listed(self) -> dict[str, Any]:
        """The result of `docker ps`. It shows ports only of running containers."""
        ports = [
            {"PublicPort": port, "PrivatePort": 5000, "Type": self.protocol, "IP": self.ip}
            for port in self.ports
        ]
        return {
            "Names": [f"/{self.name}"],
            "Labels": self.labels,
            "State": self.status,
            "Ports": ports if self.status == "running" else [],
        }


class FakeDockerHost(DockerEngine):
    """Answers from its given content."""

    def __init__(
        self,
        *containers: FakeContainer,
        url: str = LOCAL_SOCKET,
        images: tuple[str, ...] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(url)
        self.held = {container.name: container for container in containers}
        self.images = images
        """The images on the host; None means all images."""
        self.refuses_pull: Exception | None = None
        self.refuses_load: Exception | None = None
        self.held_id = "sha256:1"
        self.held_digest = ""
        """ID and digest of every image."""
        self.registrys_digest: str | Exception = "sha256:" + "a" * 64
        """The digest or the error that the image's registry returns."""
        self.networks: set[str] = {"bridge", "backend"}
        self.volumes: dict[str, dict[str, str]] = {}
        """Labels by volume name."""
        self.at_restart: Callable[[], None] = lambda: None
        self.asked: list[tuple[str, str]] = []
        """All changes in order: the operation and its object."""
        self.linked: set[frozenset[str]] = set()
        """Sets of file names that are hard links to one file."""
        self.__dict__["client"] = SimpleNamespace(
            api=SimpleNamespace(pause=self._pause, unpause=self._unpause)
        )
        self._facts = {**FACTS, **facts}

    def facts(self) -> dict[str, Any]:
        return self._facts

    def containers(self) -> list[dict[str, Any]]:
        return [container.listed for container in self.held.values()]

    def container(self, name: str) -> ContainerState | None:
        found = self.held.get(name)
        return found.state if found else None

    def digest(self, reference: str) -> str:
        return self.held_digest

    def registry_digest(self, reference: str, username: str = "", password: str = "") -> str:
        if isinstance(self.registrys_digest, Exception):
            raise self.registrys_digest
        return self.registrys_digest

    def has_network(self, name: str) -> bool:
        return name in self.networks

    def volume_labels(self, name: str) -> dict[str, str] | None:
        return self.volumes.get(name)

    def image_id(self, reference: str) -> str:
        return self.held_id if self.images is None or reference in self.images else ""

    def load(self, archive: Path) -> None:
        self.asked.append(("load", archive.name))
        if self.refuses_load:
            raise self.refuses_load

    def pull(self, reference: str, username: str = "", password: str = "") -> None:
        self.asked.append(("pull", reference))
        if self.refuses_pull:
            raise self.refuses_pull

    def remove_container(self, identifier: str) -> None:
        self.asked.append(("remove", identifier))
        del self.held[identifier]

    def restart_container(self, identifier: str) -> None:
        self.asked.append(("restart", identifier))
        self.at_restart()

    def limit_processes(self, identifier: str, pids: int) -> None:
        self.asked.append(("limit", f"{identifier} {pids}"))

    def _pause(self, identifier: str) -> None:
        self.asked.append(("pause", identifier))
        self.held[identifier].status = "paused"

    def _unpause(self, identifier: str) -> None:
        self.asked.append(("unpause", identifier))
        self.held[identifier].status = "running"

    def are_hard_linked(self, identifier: str, directory: str, names: set[str]) -> bool:
        if identifier not in self.held:
            raise LookupError(identifier)
        return frozenset(names) in self.linked

    def link(self, identifier: str, directory: str, name: str, target: str) -> None:
        if identifier not in self.held:
            raise LookupError(identifier)
        self.asked.append(("link", f"{identifier}:{directory}/{name} to {target}"))

    def last_log_lines(self, identifier: str, count: int = 15) -> list[str]:
        return self.held[identifier].log[-count:]
