"""The namespace of a registry, unless it exists."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes import names
from components.kubernetes.context import KubernetesContext

POD_SECURITY = {
    f"pod-security.kubernetes.io/{level}": "restricted" for level in ("enforce", "audit", "warn")
}
"""The cluster refuses pods in the namespace that are not hardened like the server's."""


def declare_namespace(context: KubernetesContext) -> list[pulumi.Resource]:
    """Declare the namespace. Returns the resources that everything in it depends on."""
    plan = context.plan
    if not plan.creates_namespace:
        return []
    namespace = kubernetes.core.v1.Namespace(
        f"{context.name}-namespace",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=plan.namespace,
            labels={**names.labels(plan.name), **POD_SECURITY},
            annotations=context.owner.labels,
        ),
        opts=pulumi.ResourceOptions.merge(
            context.cluster_opts,
            # A namespace is removed with everything in it, also with a kept volume.
            pulumi.ResourceOptions(retain_on_delete=plan.keeps_namespace),
        ),
    )
    return [namespace]
