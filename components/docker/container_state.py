"""State of a container on a Docker host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components.servers.file_variables import DEBUG_ADDRESS_VARIABLE

ALL_IPV4 = "0.0.0.0"  # noqa: S104 - compared, not bound


@dataclass(frozen=True)
class ContainerState:
    """State of a container, from `docker inspect`."""

    id: str
    name: str
    labels: dict[str, str]
    created: datetime
    status: str
    """`created`, `running`, `restarting`, `exited`, ..."""
    exit_code: int
    restarts: int
    """How often Docker started it again by its restart policy."""
    user: str
    """User and group that its configuration names; empty for the image's own user."""
    mounts: dict[str, str]
    """Volume or directory of the host by directory of the container."""
    image: str
    """ID of its image."""
    pids_limit: int
    memory: int
    """Memory limit in bytes; 0 for no limit."""
    published: frozenset[tuple[str, int]]
    """Addresses and ports of the host that it publishes when it runs."""
    served: frozenset[tuple[str, int]]
    """Those of them on which clients reach the registry, without the port with metrics."""

    @classmethod
    def of(cls, inspected: Mapping[str, Any]) -> ContainerState:
        """Return the state from the output of `docker inspect`."""
        state, config, host = inspected["State"], inspected["Config"], inspected["HostConfig"]
        bindings = host["PortBindings"] or {}
        published = {port: frozenset(_bound(bindings[port] or [])) for port in bindings}
        metrics = f"{_metrics_port(config.get('Env') or [])}/tcp"
        return cls(
            id=inspected["Id"],
            name=inspected["Name"].lstrip("/"),
            labels=config["Labels"] or {},
            created=datetime.fromisoformat(inspected["Created"]),
            status=state["Status"],
            exit_code=state["ExitCode"],
            restarts=inspected.get("RestartCount") or 0,
            user=config.get("User") or "",
            mounts={
                mount["Destination"]: mount.get("Name") or mount["Source"]
                for mount in inspected.get("Mounts") or []
            },
            image=inspected["Image"],
            pids_limit=host.get("PidsLimit") or 0,
            memory=host.get("Memory") or 0,
            published=frozenset[tuple[str, int]]().union(*published.values()),
            served=frozenset[tuple[str, int]]().union(
                *(bound for port, bound in published.items() if port != metrics)
            ),
        )


def _bound(bindings: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, int]]:
    for binding in bindings:
        if binding["HostPort"]:
            yield binding["HostIp"] or ALL_IPV4, int(binding["HostPort"])


def _metrics_port(environment: Iterable[str]) -> str:
    """Return the port in the container with metrics; empty if there is none."""
    variables = dict(line.partition("=")[::2] for line in environment)
    return variables.get(DEBUG_ADDRESS_VARIABLE, "").rpartition(":")[2]
