"""Verification of the registry's Service, as clients reach it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pulumi

from common.wait import wait_until
from components.kubernetes.cluster import Cluster, PodState
from components.kubernetes.plan import KubernetesPlan
from components.settings import ServiceType
from components.verification.diagnosis import VerificationError
from components.verification.dns import dns_note
from components.verification.probe import Failure, Probe
from components.verification.tls_client import Endpoint, TlsTrust

SERVICE_SECONDS = 30.0
"""Time in which a new pod's address reaches the nodes and the load balancer."""


def check_service(
    cluster: Cluster, plan: KubernetesPlan, pods: list[PodState], trust: TlsTrust | None
) -> None:
    """Request the health of the registry at the service's own addresses.

    A service of type ClusterIP has addresses that only the cluster reaches: its pods were verified.

    :raises VerificationError: if an address does not answer.
    """
    if plan.service.type is ServiceType.CLUSTER_IP:
        pulumi.log.info(
            f"The service {plan.name} is of type ClusterIP: only the cluster reaches it. Every pod "
            "was verified, the service itself was not."
        )
        return
    addresses = service_addresses(cluster, plan, pods)
    failures = [
        failure for address in addresses if (failure := _check(plan, address, trust)) is not None
    ]
    if failures or not addresses:
        raise VerificationError(
            f"The service {plan.name} in namespace {plan.namespace}",
            failures or [Failure("addresses of the service", "none")],
            "All pods passed. Check that this machine reaches the service: firewalls, "
            "kubernetes.service.sourceRanges, and the load balancer. If only other machines reach "
            "it, set verify to false.",
            [],
        )
    if note := dns_note(plan.hostname, addresses[0]):
        pulumi.log.info(note)


def service_addresses(cluster: Cluster, plan: KubernetesPlan, pods: list[PodState]) -> list[str]:
    """Return the addresses at which clients reach the service; none if only the cluster does."""
    if plan.service.type is ServiceType.CLUSTER_IP:
        return []
    service = cluster.find("Service", plan.name, plan.namespace)
    return list(dict.fromkeys(_addresses(plan, service, pods)))


def _addresses(plan: KubernetesPlan, service: Any, pods: list[PodState]) -> Iterator[str]:
    """Yield addresses at which the service answers.

    Before Kubernetes 1.34, only nodes with a pod answer on a node port.
    """
    if plan.service.type is ServiceType.NODE_PORT:
        yield from (pod.host_address for pod in pods)
        return
    balancer = service.status.load_balancer if service else None
    yield from (each.ip or each.hostname for each in (balancer and balancer.ingress) or [])


def _port(plan: KubernetesPlan) -> int:
    """Return the service's own port, bypassing any proxy."""
    is_node_port = plan.service.type is ServiceType.NODE_PORT
    return (plan.service.node_port if is_node_port else None) or plan.port


def _check(plan: KubernetesPlan, address: str, trust: TlsTrust | None) -> Failure | None:
    api = plan.process.api
    probe = Probe(Endpoint(plan.hostname, address, _port(plan), trust), api)
    failure: Failure | None = None

    def answers() -> bool:
        nonlocal failure
        failure = probe.expect(api.health_path, api.health_status)
        return failure is None

    wait_until(answers, SERVICE_SECONDS, interval=0.5)
    return failure
