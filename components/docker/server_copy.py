"""A copy of the server's container, with a few differences.

A copy is made from what runs and not from the settings, which may have changed since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.servers.paths import DATA_DIRECTORY

COPIED = (
    "Cmd",
    "Entrypoint",
    "ExposedPorts",
    "StopSignal",
    "StopTimeout",
    "User",
    "Volumes",
    "WorkingDir",
)
"""Parts of a container's configuration that a copy has as they are."""

DEFAULT_NETWORKS = ("default", "bridge")
"""Docker's default network. It has no aliases."""


@dataclass(frozen=True, kw_only=True)
class Differences:
    """What a copy has instead of the server's."""

    labels: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    """More variables. They replace the server's."""
    command: tuple[list[str], list[str]] | None = None
    """Entrypoint and command; None for the server's."""
    serves: bool = False
    """Whether the copy publishes the port, and has the server's name in its networks."""
    has_network: bool = True
    has_read_only_data: bool = False


def copy_of(server: Mapping[str, Any], differences: Differences) -> dict[str, Any]:
    """Return the request that creates a copy (Docker API, ContainerCreate).

    The copy never starts by itself: the server and a copy must not both start after a reboot.

    :param server: the output of `docker inspect`.
    """
    config: dict[str, Any] = {key: server["Config"].get(key) for key in COPIED}
    config |= {
        "Image": server["Image"],
        "Labels": dict(differences.labels),
        "Env": _environment(server["Config"].get("Env") or (), differences.environment),
    }
    host = {**server["HostConfig"], "RestartPolicy": {"Name": "no"}, "AutoRemove": False}
    if not differences.serves:
        config["ExposedPorts"] = None
        # The output must not be cut off, and it ends with the container.
        host |= {"PortBindings": {}, "LogConfig": {"Type": "json-file", "Config": {}}}
    if not differences.has_network:
        host["NetworkMode"] = "none"
    if differences.command:
        config["Entrypoint"], config["Cmd"] = differences.command
    if differences.has_read_only_data:
        host["Mounts"] = [_read_only(mount) for mount in host.get("Mounts") or ()]
    config["HostConfig"] = host
    primary = host["NetworkMode"]
    if differences.serves and primary in _aliased(server):
        endpoints = {primary: {"Aliases": [_name(server)]}}
        config["NetworkingConfig"] = {"EndpointsConfig": endpoints}
    return config


def further_networks(
    server: Mapping[str, Any], differences: Differences
) -> dict[str, dict[str, Any]]:
    """Return the networks that a copy is connected to after its creation, with their options."""
    if not differences.has_network:
        return {}
    primary = server["HostConfig"]["NetworkMode"]
    aliases = [_name(server)] if differences.serves else []
    return {name: {"Aliases": aliases} for name in _aliased(server) if name != primary}


def _aliased(server: Mapping[str, Any]) -> list[str]:
    networks = server["NetworkSettings"]["Networks"]
    return [name for name in networks if name not in (*DEFAULT_NETWORKS, "host", "none")]


def _environment(variables: Sequence[str], changes: Mapping[str, str]) -> list[str]:
    kept = [each for each in variables if each.partition("=")[0] not in changes]
    return [*kept, *(f"{name}={value}" for name, value in changes.items())]


def _read_only(mount: Mapping[str, Any]) -> dict[str, Any]:
    is_data = mount["Target"].rstrip("/") == DATA_DIRECTORY
    return {**mount, "ReadOnly": True} if is_data else dict(mount)


def _name(server: Mapping[str, Any]) -> str:
    return str(server["Name"]).lstrip("/")
