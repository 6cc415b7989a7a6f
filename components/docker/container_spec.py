"""Specification of a container, as arguments of the Docker provider or of Docker's API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import pulumi

MEBIBYTE = 2**20


@dataclass(frozen=True)
class PublishedPort:
    """A port of a container that is published on an address of the host."""

    internal: int
    external: int | None
    """None for a port that Docker chooses."""
    address: str


@dataclass(frozen=True)
class Mount:
    """A volume or a directory of the host in a container."""

    target: str
    source: pulumi.Input[str] | None
    """None for an anonymous volume, which is removed with the container."""
    type: Literal["volume", "bind"] = "volume"
    read_only: bool = False


@dataclass(frozen=True, kw_only=True)
class ContainerSpec:
    """A container. The defaults are Docker's.

    ``to_docker_api`` requires that image, user, labels and mount sources are strings.
    """

    name: str
    image: pulumi.Input[str]
    labels: Mapping[str, pulumi.Input[str]]
    command: Sequence[str] | None = None
    """None for the image's own command."""
    entrypoint: Sequence[str] | None = None
    """None for the image's own. Only containers of the API set it."""
    user: pulumi.Input[str] = ""
    """User and group; empty for the image's own."""
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[PublishedPort] = ()
    mounts: Sequence[Mount] = ()
    networks: Sequence[str] = ()
    """Networks in addition to Docker's default network."""
    network_mode: str = "bridge"
    tmpfs: Mapping[str, str] | None = None
    """Mount options by directory."""
    read_only_root: bool = False
    security_options: Sequence[str] = ()
    add_capabilities: Sequence[str] = ()
    drop_capabilities: Sequence[str] = ()
    memory: int = 0
    """Memory limit in bytes, swap included; 0 for no limit."""
    cpus: float = 0
    """Processors; 0 for no limit."""
    pids_limit: int | None = None
    """Process limit. The Docker provider has no argument for it."""
    restart: str = "no"
    log_driver: str = "json-file"
    log_options: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: int | None = None
    """Time to end after a stop signal; None for Docker's default."""

    def to_pulumi(self) -> dict[str, Any]:
        """Return arguments of ``pulumi_docker.Container``."""
        import pulumi_docker as docker

        memory = self.memory // MEBIBYTE
        networks = [self.network_mode, *self.networks] if self.networks else []
        return {
            "name": self.name,
            "image": self.image,
            "restart": self.restart,
            "envs": [f"{name}={value}" for name, value in self.environment.items()],
            "command": self.command,
            "user": _optional(self.user),
            "ports": [
                docker.ContainerPortArgs(
                    internal=port.internal, external=port.external, ip=port.address
                )
                for port in self.ports
            ],
            # Without other networks, Docker joins its default network by itself.
            "networks_advanced": [
                docker.ContainerNetworksAdvancedArgs(name=name) for name in networks
            ]
            or None,
            "mounts": [
                docker.ContainerMountArgs(
                    type=mount.type,
                    source=mount.source,
                    target=mount.target,
                    read_only=mount.read_only or None,
                )
                for mount in self.mounts
            ],
            "tmpfs": self.tmpfs,
            "read_only": self.read_only_root,
            "security_opts": list(self.security_options),
            "capabilities": docker.ContainerCapabilitiesArgs(
                adds=list(self.add_capabilities), drops=list(self.drop_capabilities)
            ),
            "memory": memory,
            "memory_swap": memory,
            "cpus": _provider_decimal(self.cpus),
            "log_driver": self.log_driver,
            "log_opts": self.log_options,
            "stop_timeout": self.stop_seconds,
            "destroy_grace_seconds": self.stop_seconds,
            "labels": [
                docker.ContainerLabelArgs(label=label, value=value)
                for label, value in self.labels.items()
            ],
        }

    def to_docker_api(self) -> dict[str, Any]:
        """Return arguments of docker-py's ``create_container_config``.

        ``host_config`` holds arguments of ``create_host_config``.
        """
        return {
            "image": self.image,
            "command": list(self.command) if self.command else None,
            "entrypoint": list(self.entrypoint) if self.entrypoint else None,
            "user": self.user or None,
            "detach": True,
            "environment": dict(self.environment),
            "labels": dict(self.labels),
            "ports": sorted({port.internal for port in self.ports}),
            "stop_timeout": self.stop_seconds,
            "host_config": self._host_config(),
        }

    def _host_config(self) -> dict[str, Any]:
        from components.docker.connection import docker

        bindings: dict[int, list[tuple[str, int | None]]] = {}
        for port in self.ports:
            bindings.setdefault(port.internal, []).append((port.address, port.external))
        return {
            "init": False,
            "mounts": [
                docker.types.Mount(
                    mount.target,
                    cast(str | None, mount.source),
                    type=mount.type,
                    read_only=mount.read_only,
                )
                for mount in self.mounts
            ],
            "port_bindings": bindings or None,
            "restart_policy": {"Name": self.restart, "MaximumRetryCount": 0},
            "network_mode": self.network_mode,
            "tmpfs": dict(self.tmpfs) if self.tmpfs else None,
            "read_only": self.read_only_root,
            "security_opt": list(self.security_options) or None,
            "cap_add": list(self.add_capabilities),
            "cap_drop": list(self.drop_capabilities),
            "mem_limit": self.memory,
            "memswap_limit": self.memory,
            "nano_cpus": round(self.cpus * 10**9),
            "pids_limit": self.pids_limit,
            "log_config": docker.types.LogConfig(
                type=self.log_driver, config=dict(self.log_options)
            ),
        }


def _optional(user: pulumi.Input[str]) -> Any:
    """Return None for an empty string, because the provider would read back nothing."""
    return (
        user.apply(lambda text: text or None) if isinstance(user, pulumi.Output) else user or None
    )


def _provider_decimal(cpus: float) -> str:
    """Format a number as the Docker provider reads it back, so that a refresh shows no change."""
    digits = f"{cpus:.9f}"
    return f"{cpus:.1f}" if digits.endswith("0" * 9) else digits.rstrip("0")
