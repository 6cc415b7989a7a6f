"""Preflight check of container names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from common.labels import Owner, owning_stack
from components.docker.errors import ContainerNotOwnedError


def name_problems(
    containers: Sequence[dict[str, Any]], names: Sequence[str], owner: Owner
) -> Iterator[str]:
    """Report container names that are used by other owners.

    Another stack with the same name is reported once: one setting fixes all its containers.

    :param containers: all containers of the host.
    :param names: the names that the registry needs, the server's first.
    """
    reported = set()
    for name, labels in _used_by_others(containers, names, owner):
        stack = owning_stack(labels)
        if stack not in reported:
            yield str(ContainerNotOwnedError(name, labels))
        reported |= {stack} - {""}


def stacks_of_names(
    containers: Sequence[dict[str, Any]], names: Sequence[str], owner: Owner
) -> set[str]:
    """Return the other stacks that :func:`name_problems` reports."""
    used = _used_by_others(containers, names, owner)
    return {owning_stack(labels) for _, labels in used} - {""}


def _used_by_others(
    containers: Sequence[dict[str, Any]], names: Sequence[str], owner: Owner
) -> Iterator[tuple[str, dict[str, str] | None]]:
    for name in names:
        for container in containers:
            if f"/{name}" in container["Names"] and not owner.owns(container["Labels"]):
                yield name, container["Labels"]
