"""Change of the cluster or namespace: a registry that moves, and packs that could be lost.

The registry is removed from the old namespace and created in the new one. Packs in a volume are not
copied. The next update reads their previous location from the component's recorded inputs. The
path of the kubeconfig file is not recorded, because each machine has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from common.errors import UserError
from components.kubernetes.plan import KubernetesPlan
from components.program_version import recorded_version
from components.settings import StorageKind, Target
from components.target_change import (
    PACKS,
    PACKS_ARE_KEPT,
    change_hook,
    ensure_packs_are_kept,
    recorded_packs,
    target_change_warning,
)


def recorded_inputs(plan: KubernetesPlan) -> dict[str, Any]:
    """Return the component's inputs, which its record in the state keeps for the next update."""
    is_in_cluster = plan.location.kind is StorageKind.VOLUME
    return {
        **recorded_version(),
        "target": Target.KUBERNETES.value,
        "context": plan.context,
        "namespace": plan.namespace,
        "createsNamespace": plan.creates_namespace,
        PACKS: plan.location.holder.to_dict() if is_in_cluster else {},
        PACKS_ARE_KEPT: not is_in_cluster or plan.storage.keep_on_destroy,
    }


def cluster_change_hook(name: str) -> pulumi.ResourceHookBinding:
    """Return a hook that warns of a move, or rejects it if something would be lost.

    :param name: the component's name.
    """
    return change_hook(f"{name}-cluster-change", cluster_change_warning)


def cluster_change_warning(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return the warning for two recorded inputs; empty if the registry does not move.

    :raises UserError: if packs would be removed with their volume, or the registry with its
        namespace.
    """
    if warning := target_change_warning(old, new):
        return warning
    if old.get("target") != new["target"]:
        return ""
    changed = [key for key in ("context", "namespace") if old[key] != new[key]]
    if not changed:
        _ensure_namespace_stays(old, new)
        return ""
    setting = f"kubernetes.{changed[0]}"
    origin, target = (record[changed[0]] or "the current context" for record in (old, new))
    packs = recorded_packs(old)
    ensure_packs_are_kept(old, f"{setting}: the packs in {packs}", f"Set it back to {origin}")
    moved = f"{setting} changes from {origin} to {target}. If this is another cluster or namespace"
    moved += ", the registry is created there and removed here."
    return f"{moved} The packs in {packs} are not moved." if packs else moved


def _ensure_namespace_stays(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Refuse to remove the namespace of a registry that stays in it."""
    if old["createsNamespace"] and not new["createsNamespace"]:
        raise UserError(
            f"kubernetes.createNamespace: this stack created the namespace {old['namespace']}, and "
            "false would remove it with the registry. Set it back to true, or set another "
            "kubernetes.namespace. No changes were made."
        )
