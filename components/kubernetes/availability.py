"""What keeps a registry available while nodes are drained."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes import names
from components.kubernetes.context import KubernetesContext


def declare_disruption_budget(context: KubernetesContext, opts: pulumi.ResourceOptions) -> None:
    """Declare the budget: a drain stops one server at a time, and waits for the next one.

    One server has no budget. It could only block a drain or have no effect.

    :param opts: options of objects in the namespace.
    """
    plan = context.plan
    if plan.replicas == 1:
        return
    kubernetes.policy.v1.PodDisruptionBudget(
        f"{context.name}-disruption-budget",
        metadata=context.metadata(plan.name),
        spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1,
            selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=names.selector(plan.name)),
        ),
        opts=opts,
    )
