"""Context of a component whose server runs in a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pulumi

from common.features import Features
from common.labels import Owner
from components.context import Context
from components.kubernetes import names
from components.kubernetes.plan import KubernetesPlan

if TYPE_CHECKING:
    from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

OVERWRITES = {"pulumi.com/patchForce": "true"}
"""An update also sets fields that another program changed. It would fail without this annotation,
although it is the way to repair them."""


@dataclass(frozen=True)
class KubernetesContext(Context):
    """What the parts in the cluster need in addition."""

    plan: KubernetesPlan
    cluster_opts: pulumi.ResourceOptions
    """Options of children in the cluster. They wait for the preflight checks."""
    same_node: pulumi.Output[bool]
    """Whether the cluster's nodes can prefer their own servers."""

    @classmethod
    def of(
        cls,
        component: pulumi.ComponentResource,
        name: str,
        owner: Owner,
        plan: KubernetesPlan,
        ready: pulumi.Output[list[pulumi.Resource]],
        same_node: pulumi.Output[bool],
        features: Features,
    ) -> KubernetesContext:
        """Return the context of a component.

        :param name: the component's name.
        :param ready: known when the preflight checks passed.
        """
        return cls(
            name=name,
            owner=owner,
            child_opts=pulumi.ResourceOptions(parent=component),
            plan=plan,
            cluster_opts=pulumi.ResourceOptions(parent=component, depends_on=ready),
            same_node=same_node,
            features=features,
        )

    def after(self, ready: pulumi.Output[list[pulumi.Resource]]) -> KubernetesContext:
        """Return a context whose children in the cluster wait for something else, too."""
        more = pulumi.ResourceOptions(depends_on=ready)
        merged = pulumi.ResourceOptions.merge(self.cluster_opts, more)
        return replace(self, cluster_opts=merged)

    def metadata(
        self, name: str, annotations: Mapping[str, pulumi.Input[str]] | None = None
    ) -> ObjectMetaArgs:
        """Return the metadata of an object in the registry's namespace.

        The owner is in annotations, because a label's value has at most 63 characters.
        """
        from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

        return ObjectMetaArgs(
            name=name,
            namespace=self.plan.namespace,
            labels=names.labels(self.plan.name),
            annotations={**self.owner.labels, **OVERWRITES, **(annotations or {})},
        )
