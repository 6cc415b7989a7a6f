"""A registry that is to run on another Docker host than it does.

It is removed there and made anew here: everything on a Docker host is replaced when ``dockerHost`` changes, by a trigger of its own, for the
provider sees no difference. Its packs are not copied. What is told of that before anything is touched is told here, by what the component's
record says of the last update.

Left out on purpose: a host that is the environment's (DOCKER_HOST), which nobody records; and whether two URLs lead to one host, for the one
that the registry is on may not be there any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pulumi

from common import features
from common.errors import UserError
from components.settings import Settings, StorageKind

OWN_HOST = "the environment's Docker host"
"""Where a registry runs whose settings name no host."""


def provider_name(name: str, settings: Settings) -> str:
    """The name of the provider for a host, another one for each: the old host's is needed to remove what is there.

    :param name: the component's name, the prefix of its children's.
    """
    return f"{name}-docker-{hashlib.sha256(settings.docker_host.encode()).hexdigest()[:8]}"


def recorded_inputs(settings: Settings) -> dict[str, Any]:
    """What the component's record says, so that the next update can tell a move by it."""
    kept = settings.storage.kind is not StorageKind.VOLUME or settings.storage.keep_on_destroy
    on_host = settings.storage.kind in (StorageKind.VOLUME, StorageKind.PATH)
    return {
        "dockerHost": settings.docker_host,
        "packs": settings.storage_place if on_host else "",
        "packsAreKept": kept,
    }


def host_change_hook(name: str) -> pulumi.ResourceOptions | None:
    """Before an update or its preview touches anything: say where packs stay when the registry moves, and refuse to lose them."""
    if not features.HOOKS_ON:
        return None

    def tell(call: pulumi.ResourceHookArgs) -> None:
        if told := host_change_warning(call.old_inputs or {}, call.new_inputs or {}):
            pulumi.log.warn(told)

    options = pulumi.ResourceHookOptions(on_dry_run=True)
    return pulumi.ResourceOptions(
        hooks=pulumi.ResourceHookBinding(
            before_update=[pulumi.ResourceHook(f"{name}-tell-move", tell, options)]
        )
    )


def host_change_warning(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What is to be said between two records; nothing where the registry stays on its host.

    :raises UserError: where packs would be removed with their volume.
    """
    if old.get("dockerHost", new["dockerHost"]) == new["dockerHost"]:
        return ""
    origin, target, packs = (
        old["dockerHost"] or OWN_HOST,
        new["dockerHost"] or OWN_HOST,
        old["packs"],
    )
    if packs and not old["packsAreKept"]:
        back = (
            f"set dockerHost back to {old['dockerHost']}"
            if old["dockerHost"]
            else "take dockerHost out"
        )
        raise UserError(
            f"dockerHost: the packs in {packs} of {origin} would be removed with the volume; {back}, set storage.keepOnDestroy to true, "
            "run `make up`, then move. Nothing was touched."
        )
    moved = f"dockerHost: the registry is made on {target} and removed from {origin}"
    return (
        f"{moved}; the packs in {packs} stay there, docs/how-to/docker-host.md says how to copy them."
        if packs
        else f"{moved}."
    )
