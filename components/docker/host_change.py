"""Change of `dockerHost`: a registry that moves to another Docker host.

The registry is removed from the old host and created on the new one. Every resource on a Docker
host has `dockerHost` as its replacement trigger, because the provider sees no difference. Packs are
not copied. The next update reads their previous location from the component's recorded inputs.

A host from the environment (DOCKER_HOST) is not recorded. Two URLs of one host count as two hosts,
because the old one may not be reachable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.docker.plan import DockerPlan
from components.program_version import recorded_version
from components.settings import StorageKind
from components.target_change import (
    PACKS,
    PACKS_ARE_KEPT,
    change_hook,
    ensure_packs_are_kept,
    recorded_packs,
    target_change_warning,
)

ENVIRONMENT_HOST = "the environment's Docker host"
"""Describes the host of a registry whose settings name none."""


def recorded_inputs(plan: DockerPlan) -> dict[str, Any]:
    """Return the component's inputs, which its record in the state keeps for the next update."""
    kind = plan.location.kind
    is_on_host = kind in (StorageKind.VOLUME, StorageKind.PATH)
    return {
        **recorded_version(),
        "dockerHost": plan.docker_host,
        PACKS: plan.location.holder.to_dict() if is_on_host else {},
        PACKS_ARE_KEPT: kind is not StorageKind.VOLUME or plan.storage.keep_on_destroy,
    }


def host_change_hook(name: str) -> pulumi.ResourceHookBinding:
    """Return a hook that warns of a host change, or rejects it if packs would be lost.

    :param name: the component's name.
    """
    return change_hook(f"{name}-host-change", host_change_warning)


def host_change_warning(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return the warning for two recorded inputs; empty if the host is the same.

    :raises UserError: if the packs would be removed with their volume.
    """
    if warning := target_change_warning(old, new):
        return warning
    if old.get("dockerHost", new["dockerHost"]) == new["dockerHost"]:
        return ""
    origin, target = (record["dockerHost"] or ENVIRONMENT_HOST for record in (old, new))
    packs = recorded_packs(old)
    back = f"Set dockerHost back to {origin}" if old["dockerHost"] else "Remove dockerHost"
    ensure_packs_are_kept(old, f"dockerHost: the packs in {packs} of {origin}", back)
    moved = f"dockerHost: the registry is created on {target} and removed from {origin}."
    if not packs:
        return moved
    return (
        f"{moved} The packs in {packs} stay there. docs/how-to/docker-host.md describes how to "
        "copy them."
    )
