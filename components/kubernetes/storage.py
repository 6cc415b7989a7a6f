"""The volume with the packs, for one server."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes.context import KubernetesContext


def declare_claim(
    context: KubernetesContext, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Declare the claim for the packs' volume; none for other kinds of storage.

    :param opts: options of objects in the namespace.
    """
    plan = context.plan
    if not plan.data_claim:
        return []
    claim = kubernetes.core.v1.PersistentVolumeClaim(
        f"{context.name}-data",
        # Many storage classes bind a volume when its first pod starts, which waits for the claim.
        metadata=context.metadata(plan.data_claim, {"pulumi.com/skipAwait": "true"}),
        spec=kubernetes.core.v1.PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteOnce"],
            storage_class_name=plan.storage_class or None,
            resources=kubernetes.core.v1.VolumeResourceRequirementsArgs(
                requests={"storage": plan.storage_size}
            ),
        ),
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                retain_on_delete=plan.storage.keep_on_destroy,
                # A claim can't change its class. A replacement would lose the packs.
                ignore_changes=["spec.storageClassName"],
            ),
        ),
    )
    return [claim]
