"""Preflight check of container names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from common.labels import Owner
from components.docker.errors import ContainerNotOwnedError


def name_problems(
    containers: Sequence[dict[str, Any]], names: Sequence[str], owner: Owner
) -> Iterator[str]:
    """Report container names that are used by other owners.

    :param containers: all containers of the host.
    :param names: the names that the registry needs.
    """
    for name in names:
        for container in containers:
            if f"/{name}" in container["Names"] and not owner.owns(container["Labels"]):
                yield str(ContainerNotOwnedError(name, container["Labels"]))
