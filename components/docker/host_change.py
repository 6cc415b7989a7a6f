"""Change of `dockerHost`: a registry that moves to another Docker host.

The registry is removed from the old host and created on the new one. Every resource on a Docker
host has `dockerHost` as its replacement trigger, because the provider sees no difference. Packs are
not copied. The component's recorded inputs tell the next update their
previous location.

A host from the environment (DOCKER_HOST) is not recorded. Two URLs of one host count as two hosts,
because the old one may not be reachable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from common.errors import UserError
from components.docker.plan import DockerPlan
from components.settings import StorageKind
from components.storage.location import StorageLocation
from components.target_change import target_change_warning

ENVIRONMENT_HOST = "the environment's Docker host"
"""Describes the host of a registry whose settings name none."""


def recorded_inputs(plan: DockerPlan) -> dict[str, Any]:
    """Return the component's inputs, which its record in the state keeps for the next update."""
    kind = plan.location.kind
    is_on_host = kind in (StorageKind.VOLUME, StorageKind.PATH)
    return {
        "dockerHost": plan.docker_host,
        "packs": plan.location.holder.to_dict() if is_on_host else {},
        "packsAreKept": kind is not StorageKind.VOLUME or plan.storage.keep_on_destroy,
    }


def host_change_hook(name: str) -> pulumi.ResourceHookBinding:
    """Return a hook that warns of a host change, or rejects it if packs would be lost.

    The hook runs before an update or its preview changes anything.

    :param name: the component's name.
    """

    def warn(call: pulumi.ResourceHookArgs) -> None:
        if warning := host_change_warning(call.old_inputs or {}, call.new_inputs or {}):
            pulumi.log.warn(warning)

    options = pulumi.ResourceHookOptions(on_dry_run=True)
    hook = pulumi.ResourceHook(f"{name}-host-change", warn, options)
    return pulumi.ResourceHookBinding(before_update=[hook])


def host_change_warning(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return the warning for two recorded inputs; empty if the host is the same.

    :raises UserError: if the packs would be removed with their volume.
    """
    if warning := target_change_warning(old, new):
        return warning
    if old.get("dockerHost", new["dockerHost"]) == new["dockerHost"]:
        return ""
    origin, target = (record["dockerHost"] or ENVIRONMENT_HOST for record in (old, new))
    packs = StorageLocation.from_dict(old["packs"]) if old["packs"] else None
    if packs and not old["packsAreKept"]:
        back = f"Set dockerHost back to {origin}" if old["dockerHost"] else "Remove dockerHost"
        raise UserError(
            f"dockerHost: the packs in {packs} of {origin} would be removed with the volume. "
            f"{back}, set storage.keepOnDestroy to true, and run `make up`. Then change "
            "dockerHost. No changes were made."
        )
    moved = f"dockerHost: the registry is created on {target} and removed from {origin}."
    if not packs:
        return moved
    return (
        f"{moved} The packs in {packs} stay there. docs/how-to/docker-host.md describes how to "
        "copy them."
    )
