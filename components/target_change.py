"""Change of `target`: a registry that moves from Docker to Kubernetes, or back.

The registry is removed from the old target and created on the new one. Packs in a bucket are found
again; others are not copied. The next update reads their previous location from the component's
recorded inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from common.errors import UserError
from components.program_version import older_program_warning
from components.settings import Target
from components.storage.location import StorageLocation

PACKS, PACKS_ARE_KEPT = "packs", "packsAreKept"
"""Recorded location of packs that are on the target, and whether they outlive the registry."""


def change_hook(
    name: str, warning_of: Callable[[Mapping[str, Any], Mapping[str, Any]], str]
) -> pulumi.ResourceHookBinding:
    """Return hooks that warn of a move, or reject it if something would be lost.

    The hooks run before an update or its preview changes anything. The first one rejects an update
    by a program that is older than the record, because it may not know what was recorded.

    :param name: the hook's name.
    :param warning_of: returns the warning for the old and the new recorded inputs, empty for none,
        or raises an error.
    """
    hooks = {
        f"{name}-program-version": lambda old, _: older_program_warning(old),
        name: warning_of,
    }
    return pulumi.ResourceHookBinding(
        before_update=[_warning_hook(name, warning) for name, warning in hooks.items()]
    )


def _warning_hook(
    name: str, warning_of: Callable[[Mapping[str, Any], Mapping[str, Any]], str]
) -> pulumi.ResourceHook:
    def warn(call: pulumi.ResourceHookArgs) -> None:
        if warning := warning_of(call.old_inputs or {}, call.new_inputs or {}):
            pulumi.log.warn(warning)

    return pulumi.ResourceHook(name, warn, pulumi.ResourceHookOptions(on_dry_run=True))


def target_change_warning(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return the warning for two recorded inputs; empty if the target is the same.

    :raises UserError: if the packs would be removed with their volume.
    """
    origin, target = (record.get("target", Target.DOCKER.value) for record in (old, new))
    if not old or origin == target:
        return ""
    packs = recorded_packs(old)
    ensure_packs_are_kept(old, f"target: the packs in {packs}", f"Set target back to {origin}")
    moved = f"target: the registry is created on {target} and removed from {origin}."
    if not packs:
        return moved
    return (
        f"{moved} The packs in {packs} stay there. docs/how-to/kubernetes.md describes how to move "
        "them to a bucket."
    )


def recorded_packs(record: Mapping[str, Any]) -> StorageLocation | None:
    """Return the recorded location of packs; None if they are not on the target."""
    return StorageLocation.from_dict(record[PACKS]) if record.get(PACKS) else None


def ensure_packs_are_kept(record: Mapping[str, Any], packs: str, back: str) -> None:
    """Refuse a change that removes packs.

    :param packs: the beginning of the message: the setting, and the packs.
    :param back: the end of the message: how to undo the change.
    :raises UserError: if the recorded packs do not outlive the registry.
    """
    if recorded_packs(record) and not record[PACKS_ARE_KEPT]:
        setting = packs.partition(":")[0]
        raise UserError(
            f"{packs} would be removed with the volume. {back}, set storage.keepOnDestroy to true, "
            f"and run `make up`. Then change {setting}. No changes were made."
        )
