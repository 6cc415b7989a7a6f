"""The Service through which clients reach the registry."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes import names
from components.kubernetes.context import KubernetesContext
from components.kubernetes.plan import KubernetesPlan
from components.settings import ServiceType

PORT_NAME = "registry"
"""Name of the server's port in the Service and in the pod."""

ADDRESS_SECONDS = 300
"""Time for the cloud provider to assign an address. Pulumi's default of 10 minutes is long for a
cluster that has no load balancers at all."""


def declare_service(
    context: KubernetesContext, opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Service:
    """Declare the Service.

    :param opts: options of objects in the namespace.
    """
    plan = context.plan
    service = plan.service
    tls = {names.TLS_ANNOTATION: plan.tls_mode.value}
    annotations = {**_waiting(plan), **service.annotations, **tls}
    return kubernetes.core.v1.Service(
        f"{context.name}-service",
        metadata=context.metadata(plan.name, annotations),
        spec=kubernetes.core.v1.ServiceSpecArgs(
            type=service.type.value,
            selector=names.selector(plan.name),
            external_traffic_policy=_traffic_policy(plan),
            load_balancer_source_ranges=service.source_ranges or None,
            ports=[
                kubernetes.core.v1.ServicePortArgs(
                    name=PORT_NAME,
                    port=plan.port,
                    target_port=PORT_NAME,
                    node_port=service.node_port,
                )
            ],
        ),
        opts=opts,
    )


def _waiting(plan: KubernetesPlan) -> dict[str, str]:
    """Return how Pulumi waits for the Service.

    A load balancer gets its address later. Other Services need no time, and Pulumi would wait for
    10 seconds. The end of the update verifies all of them.
    """
    if plan.service.type is ServiceType.LOAD_BALANCER:
        return {"pulumi.com/timeoutSeconds": str(ADDRESS_SECONDS)}
    return {"pulumi.com/skipAwait": "true"}


def _traffic_policy(plan: KubernetesPlan) -> str | None:
    """Return which nodes accept clients' connections.

    Local with several servers: a node sends connections only to its own pods. With Cluster, the
    other nodes continue to send to the pods of a lost node until it is NotReady: 21 of 728 requests
    failed in 46 seconds, instead of 2 of 1848.

    Cluster with one server: its node is unknown and changes, so every node must accept
    connections.
    """
    if plan.service.type is ServiceType.CLUSTER_IP:
        return None
    return "Local" if plan.replicas > 1 else "Cluster"
