"""Resource options of a component: its Kubernetes provider, and the hook of changed clusters."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes

from common.errors import UserError
from common.features import Features
from components.context import provider_options
from components.kubernetes.cluster_change import cluster_change_hook
from components.kubernetes.plan import KubernetesPlan

PACKAGE = "kubernetes"


def component_options(
    name: str, plan: KubernetesPlan, features: Features, opts: pulumi.ResourceOptions | None
) -> pulumi.ResourceOptions:
    """Add the Kubernetes provider and the hook to a component's options.

    :param name: the component's name.
    """
    suffix = "-kubernetes"
    provider = pulumi_kubernetes.Provider(
        name + suffix,
        kubeconfig=plan.kubeconfig or None,
        context=plan.context or None,
        # Only the fields that the program sets are compared. A refresh shows no other differences.
        enable_server_side_apply=True,
        # Without it, new passwords replace the Secret and then, delete-before-replace, the
        # Deployment: 209 of 755 requests failed, and no pod ran for 4 seconds.
        enable_secret_mutable=True,
        # A kept volume and its namespace are found by their names. The preflight checks refuse
        # objects of others.
        upsert_existing_objects=True,
        opts=provider_options(name, suffix, opts),
    )
    added = pulumi.ResourceOptions(providers={PACKAGE: provider})
    if features.resource_hooks:
        added.hooks = cluster_change_hook(name)
    return pulumi.ResourceOptions.merge(opts, added)


def reject_kubernetes_provider(name: str, opts: pulumi.ResourceOptions | None) -> None:
    """Reject options with a Kubernetes provider, which could use another cluster than the checks.

    :param name: the component's name.
    :raises UserError: if the options have one.
    """
    if opts is None:
        return
    several = opts.providers or ()
    providers = [opts.provider, *(several.values() if isinstance(several, Mapping) else several)]
    if any(provider and provider.package == PACKAGE for provider in providers):
        raise UserError(
            f"The resource options of the pack registry {name} have a Kubernetes provider, but the "
            "checks might use another cluster. Set kubernetes.kubeconfig and kubernetes.context "
            "instead. No changes were made."
        )
