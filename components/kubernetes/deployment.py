"""All resources of a registry in a cluster: namespace, Secrets, volume, Deployment and Service."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.kubernetes.availability import declare_disruption_budget
from components.kubernetes.context import KubernetesContext
from components.kubernetes.files import declare_files, declare_pull_secret
from components.kubernetes.namespace import declare_namespace
from components.kubernetes.service import declare_metrics_service, declare_service
from components.kubernetes.storage import declare_claim
from components.kubernetes.workload import declare_workload
from components.servers.inputs import ServerInputs


@dataclass(frozen=True)
class Deployment:
    """A declared registry."""

    name: pulumi.Output[str]
    """Name of the Deployment."""
    ready: pulumi.Output[list[str]]
    """Known when the servers are ready, the Service has an address and all files are written."""
    data_source: pulumi.Output[str]
    """The claim for the packs' volume; empty for S3 and memory."""


def declare_deployment(context: KubernetesContext, inputs: ServerInputs) -> Deployment:
    """Declare a registry's resources in its cluster."""
    namespace = declare_namespace(context)
    opts = _after(context.cluster_opts, namespace)
    files = declare_files(context, inputs.files.groups, opts)
    pull_secret = declare_pull_secret(context, opts)
    claim = declare_claim(context, opts)
    workload = declare_workload(context, inputs, _after(opts, [*files, *pull_secret, *claim]))
    declare_disruption_budget(context, opts)
    service = declare_service(context, opts)
    declare_metrics_service(context, opts)
    return Deployment(
        name=workload.metadata.apply(lambda metadata: str(metadata.name)),
        ready=pulumi.Output.all(workload.id, service.id, *(resource.urn for resource in files)),
        data_source=pulumi.Output.from_input(context.plan.data_claim),
    )


def _after(
    opts: pulumi.ResourceOptions, resources: list[pulumi.Resource]
) -> pulumi.ResourceOptions:
    """Return options of resources that are created after others, and removed before them."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=resources))
