"""The Services through which clients reach the registry, and Prometheus its metrics."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from common.features import Features
from components.kubernetes import names
from components.kubernetes.cluster import Cluster
from components.kubernetes.context import KubernetesContext
from components.kubernetes.plan import KubernetesPlan
from components.settings import ServiceType

ADDRESS_SECONDS = 300
"""Time for the cloud provider to assign an address. Pulumi's default of 10 minutes is long for a
cluster that has no load balancers at all."""

SAME_NODE_VERSION = (1, 34)
"""The first version whose nodes can prefer their own servers (`trafficDistribution`)."""

PREFER_SAME_NODE = "PreferSameNode"


def prefers_same_node(
    cluster: Cluster, features: Features, ready: pulumi.Output[list[pulumi.Resource]]
) -> pulumi.Output[bool]:
    """Return whether the nodes of a cluster can prefer their own servers.

    :param ready: known when the preflight checks passed.
    """
    return ready.apply(lambda _: not features.checks or cluster.version() >= SAME_NODE_VERSION)


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
        spec=context.same_node.apply(lambda same_node: _spec(plan, same_node=same_node)),
        opts=opts,
    )


def declare_metrics_service(
    context: KubernetesContext, opts: pulumi.ResourceOptions
) -> list[kubernetes.core.v1.Service]:
    """Declare the Service with which Prometheus finds the metrics of every pod, if there are any.

    It has no address, so clients outside of the cluster never reach the metrics.

    :param opts: options of objects in the namespace.
    """
    plan = context.plan
    if not plan.process.metrics_port:
        return []
    service = kubernetes.core.v1.Service(
        f"{context.name}-metrics",
        metadata=context.metadata(
            names.metrics_service(plan.name), {"pulumi.com/skipAwait": "true"}
        ),
        spec=kubernetes.core.v1.ServiceSpecArgs(
            type="ClusterIP",
            cluster_ip="None",
            selector=names.selector(plan.name),
            # A server that is not ready has metrics, too.
            publish_not_ready_addresses=True,
            ports=[
                kubernetes.core.v1.ServicePortArgs(
                    name=names.METRICS_PORT_NAME,
                    port=plan.process.metrics_port,
                    target_port=names.METRICS_PORT_NAME,
                )
            ],
        ),
        opts=opts,
    )
    return [service]


def _spec(plan: KubernetesPlan, *, same_node: bool) -> kubernetes.core.v1.ServiceSpecArgs:
    service = plan.service
    policy, distribution = routing(plan, same_node=same_node)
    return kubernetes.core.v1.ServiceSpecArgs(
        type=service.type.value,
        selector=names.selector(plan.name),
        external_traffic_policy=policy,
        traffic_distribution=distribution,
        load_balancer_source_ranges=service.source_ranges or None,
        ports=[
            kubernetes.core.v1.ServicePortArgs(
                name=names.PORT_NAME,
                port=plan.port,
                target_port=names.PORT_NAME,
                node_port=service.node_port,
            )
        ],
    )


def _waiting(plan: KubernetesPlan) -> dict[str, str]:
    """Return how Pulumi waits for the Service.

    A load balancer gets its address later. Other Services need no time, and Pulumi would wait for
    10 seconds. The end of the update verifies all of them.
    """
    if plan.service.type is ServiceType.LOAD_BALANCER:
        return {"pulumi.com/timeoutSeconds": str(ADDRESS_SECONDS)}
    return {"pulumi.com/skipAwait": "true"}


def routing(plan: KubernetesPlan, *, same_node: bool) -> tuple[str | None, str | None]:
    """Return which nodes accept clients' connections, and to which servers they send them.

    All nodes accept connections and prefer their own servers. If a node's server stops, the node
    sends new connections to others at once: 0 of 1005 requests failed in 9 drains. Nothing is sent
    to the servers of a lost node by nodes with a server: 1 of 589 requests failed.

    Before Kubernetes 1.34, nodes can't prefer their own servers. There, only nodes with a server
    accept connections (Local). Otherwise, all nodes would send to the servers of a lost node until
    it is NotReady: 21 of 728 requests failed in 46 seconds. In return, a drain interrupts the
    connections that arrive when the server stops: 1 of 332 requests failed.

    :param same_node: whether nodes can prefer their own servers.
    """
    if plan.service.type is ServiceType.CLUSTER_IP:
        return None, None
    if plan.replicas == 1:
        return "Cluster", None
    return ("Cluster", PREFER_SAME_NODE) if same_node else ("Local", None)
