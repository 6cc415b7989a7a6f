"""A Docker engine without Docker: its content is set by tests, and requests are recorded."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi

from common.features import Features
from common.labels import Owner
from components.docker import archive
from components.docker.container_spec import ContainerSpec
from components.docker.container_state import ContainerState
from components.docker.context import DockerContext
from components.docker.engine import LOCAL_SOCKET, DockerEngine

OWNER = Owner("pack-registry", "test", "registry")
OTHER_OWNER = Owner("pack-registry", "other", "registry")
INFO = {
    "ApiVersion": "1.51",
    "SystemTime": "2026-11-26T08:00:00Z",
    "ServerVersion": "28.0.1",
    "OSType": "linux",
    "NCPU": 2,
    "MemTotal": 4_000_000_000,
}


@dataclass
class FakeContainer:
    """One container of the engine."""

    name: str
    labels: dict[str, str] = field(default_factory=lambda: dict(OWNER.labels))
    ports: tuple[int, ...] = ()
    ip: str = "0.0.0.0"
    protocol: str = "tcp"
    status: str = "running"
    exit_code: int = 0
    restarts: int = 0
    pids_limit: int = 256
    memory: int = 2 * 2**30
    user: str = ""
    mounts: dict[str, str] = field(default_factory=dict)
    image: str = "sha256:1"
    log: list[str] = field(default_factory=list)
    created: datetime = datetime(2026, 11, 26, 8, tzinfo=UTC)

    @property
    def state(self) -> ContainerState:
        """The output of `docker inspect`."""
        published = frozenset((self.ip, port) for port in self.ports)
        return ContainerState(
            id=self.name,
            name=self.name,
            labels=self.labels,
            created=self.created,
            status=self.status,
            exit_code=self.exit_code,
            restarts=self.restarts,
            user=self.user,
            mounts=self.mounts,
            image=self.image,
            pids_limit=self.pids_limit,
            memory=self.memory,
            published=published,
            served=published,
        )

    @property
    def inspected(self) -> dict[str, Any]:
        """A part of the output of `docker inspect` for a server on Docker's default network."""
        return {
            "Id": self.name,
            "Created": self.created.isoformat(),
            "Name": f"/{self.name}",
            "Image": self.image,
            "State": {"Status": self.status},
            "Config": {
                "Labels": self.labels,
                "Image": "pack-registry",
                "Hostname": "0123456789ab",
                "Entrypoint": ["/registry"],
                "Cmd": ["serve", "/config/registry.yml"],
                "Env": ["REGISTRY_LOG_LEVEL=info", "PATH=/bin"],
                "ExposedPorts": {"5000/tcp": {}},
            },
            "HostConfig": {
                "NetworkMode": "default",
                "PortBindings": {"5000/tcp": [{"HostIp": self.ip, "HostPort": "5000"}]},
                "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0},
                "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m"}},
                "ReadonlyRootfs": True,
                "Mounts": [
                    {"Type": "volume", "Source": "registry-config", "Target": "/auth"},
                    {"Type": "volume", "Source": "registry-data", "Target": "/data"},
                ],
            },
            "NetworkSettings": {"Networks": {"bridge": {}}},
        }

    @property
    def listed(self) -> dict[str, Any]:
        """The output of `docker ps`, which shows ports only while the container runs."""
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


class FakeEngine(DockerEngine):
    """Answers from its attributes."""

    def __init__(
        self,
        *containers: FakeContainer,
        url: str = LOCAL_SOCKET,
        images: tuple[str, ...] | None = None,
        **info: Any,
    ) -> None:
        super().__init__(url, "/certs" if url.startswith("tcp://") else "")
        self.held = {container.name: container for container in containers}
        self.images = images
        """The images on the host; None for every image."""
        self.pull_error: Exception | None = None
        self.load_error: Exception | None = None
        self.held_id = "sha256:1"
        self.held_digest = ""
        """ID and digest of each image."""
        self.published_digest: str | Exception = "sha256:" + "a" * 64
        """The digest that a registry returns, or its error."""
        self.networks: set[str] = {"bridge", "backend"}
        self.volumes: dict[str, dict[str, str]] = {}
        """Labels of volumes by name."""
        self.start_errors: list[Exception] = []
        """Errors of the next starts, the last one first."""
        self.at_restart: Callable[[], None] = lambda: None
        self.changes: list[tuple[str, str]] = []
        """Requested changes in order: the method, and its object."""
        self.files: set[str] = set()
        """Paths that exist in every container."""
        self.owners: dict[str, int] = {"/data": 0}
        """Owners of files and directories by path, the same in every container."""
        self.command: list[str] = []
        """Entrypoint and command of every image."""
        self.modes: dict[str, int] = {}
        self.linked: set[frozenset[str]] = set()
        """Sets of names that are hard links to one file."""
        self.__dict__["client"] = SimpleNamespace(
            api=SimpleNamespace(pause=self._pause, unpause=self._unpause)
        )
        self._info = {**INFO, **info}

    def info(self) -> dict[str, Any]:
        return self._info

    def containers(self) -> list[dict[str, Any]]:
        return [container.listed for container in self.held.values()]

    def container(self, name: str) -> ContainerState | None:
        found = self.held.get(name)
        return found.state if found else None

    def create_container(self, spec: ContainerSpec) -> str:
        labels = {label: str(value) for label, value in spec.labels.items()}
        self.held[spec.name] = FakeContainer(spec.name, labels, image=str(spec.image))
        self.changes.append(("create", spec.name))
        return spec.name

    def start_container(self, identifier: str) -> None:
        self.changes.append(("start", identifier))
        if self.start_errors:
            raise self.start_errors.pop()
        if identifier in self.held:
            self.held[identifier].status = "running"

    def stop_container(self, identifier: str) -> None:
        self.changes.append(("stop", identifier))
        self.held[identifier].status = "exited"

    def inspect(self, name: str) -> dict[str, Any] | None:
        return self.held[name].inspected if name in self.held else None

    def create_from(self, config: Mapping[str, Any], name: str, networks: Mapping[str, Any]) -> str:
        bindings = config["HostConfig"]["PortBindings"].get("5000/tcp") or ()
        ports = tuple(int(binding["HostPort"]) for binding in bindings)
        ip = bindings[0]["HostIp"] if bindings else ""
        labels = dict(config["Labels"])
        self.held[name] = FakeContainer(name, labels, ports, ip, status="created")
        self.changes.append(("create", name))
        return name

    def connect_to_network(self, identifier: str, network: str) -> None:
        self.changes.append(("network", network))

    def start_command(self, reference: str) -> list[str]:
        return self.command

    def digest(self, reference: str) -> str:
        return self.held_digest

    def registry_digest(self, reference: str, username: str = "", password: str = "") -> str:
        if isinstance(self.published_digest, Exception):
            raise self.published_digest
        return self.published_digest

    def has_network(self, name: str) -> bool:
        return name in self.networks

    def volume_labels(self, name: str) -> dict[str, str] | None:
        return self.volumes.get(name)

    def image_id(self, reference: str) -> str:
        return self.held_id if self.images is None or reference in self.images else ""

    def load(self, image_archive: Path) -> None:
        self.changes.append(("load", image_archive.name))
        if self.load_error:
            raise self.load_error

    def pull(self, reference: str, username: str = "", password: str = "") -> None:
        self.changes.append(("pull", reference))
        if self.pull_error:
            raise self.pull_error

    def remove_container(self, identifier: str) -> None:
        self.changes.append(("remove", identifier))
        del self.held[identifier]

    def restart_container(self, identifier: str) -> None:
        self.changes.append(("restart", identifier))
        self.at_restart()

    def limit_processes(self, identifier: str, pids: int) -> None:
        self.changes.append(("limit", f"{identifier} {pids}"))

    def _pause(self, identifier: str) -> None:
        self.changes.append(("pause", identifier))
        self.held[identifier].status = "paused"

    def _unpause(self, identifier: str) -> None:
        self.changes.append(("unpause", identifier))
        self.held[identifier].status = "running"

    def are_hard_linked(self, identifier: str, directory: str, names: set[str]) -> bool:
        if identifier not in self.held:
            raise LookupError(identifier)
        return frozenset(names) in self.linked

    def hard_link(
        self, identifier: str, directory: str, name: str, target: str, owner: int = 0
    ) -> None:
        self.owners[f"{directory}/{name}"] = owner
        if identifier not in self.held:
            raise LookupError(identifier)
        self.changes.append(("link", f"{identifier}:{directory}/{name} to {target}"))

    def stat(self, identifier: str, path: str) -> tarfile.TarInfo | None:
        if path not in self.owners:
            return None
        found = tarfile.TarInfo(path)
        found.uid, found.mode = self.owners[path], self.modes.get(path, 0o755)
        return found

    def change_owner(self, identifier: str, directory: str, owner: int) -> None:
        if identifier not in self.held:
            raise LookupError(identifier)
        self.owners[directory] = owner

    def has_path(self, identifier: str, path: str) -> bool:
        return path in self.files

    def extract_archive(self, identifier: str, directory: str, tar: bytes) -> None:
        self.changes.append(("extract", directory))
        first = archive.first_member(tar)
        self.owners[f"{directory}/{first.name}"] = first.uid

    def read_archive(self, identifier: str, path: str) -> bytes:
        return dict.fromkeys(self.files, b"")[path]

    def last_log_lines(self, identifier: str, count: int = 15) -> list[str]:
        return self.held[identifier].log[-count:]

    def log_lines_since(self, identifier: str, start: datetime) -> list[str]:
        return self.held[identifier].log


def docker_context(engine: DockerEngine) -> DockerContext:
    """Return the context of a component on an engine."""
    options = pulumi.ResourceOptions()
    return DockerContext("registry", OWNER, options, Features(), engine, options, None)
