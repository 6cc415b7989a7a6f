"""State of a container on a Docker host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ContainerState:
    """State of a container, from `docker inspect`."""

    id: str
    name: str
    labels: dict[str, str]
    status: str
    """`created`, `running`, `restarting`, `exited`, ..."""
    exit_code: int
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

    @classmethod
    def of(cls, inspected: Mapping[str, Any]) -> ContainerState:
        """Return the state from the output of `docker inspect`."""
        state, config, host = inspected["State"], inspected["Config"], inspected["HostConfig"]
        ports = (host["PortBindings"] or {}).values()
        bindings = [binding for bound in ports for binding in bound or []]
        return cls(
            id=inspected["Id"],
            name=inspected["Name"].lstrip("/"),
            labels=config["Labels"] or {},
            status=state["Status"],
            exit_code=state["ExitCode"],
            user=config.get("User") or "",
            mounts={
                mount["Destination"]: mount.get("Name") or mount["Source"]
                for mount in inspected.get("Mounts") or []
            },
            image=inspected["Image"],
            pids_limit=host.get("PidsLimit") or 0,
            memory=host.get("Memory") or 0,
            published=frozenset(
                (binding["HostIp"] or "0.0.0.0", int(binding["HostPort"]))  # noqa: S104
                for binding in bindings
                if binding["HostPort"]
            ),
        )
