"""End of every update: new credentials reach every pod, and every pod is verified.

The verification asks each pod through the cluster's API, then the service as clients do. If it
fails, the update fails, and so does every following update until the registry is healthy.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pulumi

from common.wait import wait_until
from components.kubernetes import names
from components.kubernetes.cluster import Cluster, PodState
from components.kubernetes.errors import cluster_errors
from components.kubernetes.forward import forwarded_port, forwarded_probe
from components.kubernetes.plan import KubernetesPlan
from components.kubernetes.reload import synchronize_users
from components.kubernetes.report import log_tail, pod_report
from components.kubernetes.service_check import check_service
from components.settings import ADMIN, TlsMode
from components.verification.diagnosis import VerificationError, suggest_fix
from components.verification.metrics import metrics_warning
from components.verification.probe import Failure
from components.verification.tls_client import TlsTrust
from components.verification.upload import check_roles, check_upload

READY_SECONDS = 90.0
"""Time for all replicas to be ready, for example after a node was lost."""
START_SECONDS = 30.0
"""Time for a pod that is ready to answer."""
USERS_SECONDS = 90.0
"""Time in which a kubelet copies a changed Secret at the latest."""
IMAGE_REASONS = ("ImagePullBackOff", "ErrImagePull", "InvalidImageName")
"""States of a container whose image the node can't pull."""
WORKERS = 4
"""Pods that are verified at the same time."""


def finish_update(
    cluster: Cluster, plan: KubernetesPlan, passwords: Mapping[str, str], trust: TlsTrust
) -> None:
    """Synchronize the users of all pods, then verify the registry.

    :param passwords: password by username, for users with a known password.
    :param trust: the exported CA certificate, and a client certificate if the server requires one.
    :raises VerificationError: if pods are missing or the registry fails its checks.
    :raises UserError: if the cluster returns an error.
    """
    with cluster_errors(cluster, "the verification of the registry"):
        pods = _ready_pods(cluster, plan)
        if not plan.process.reads_users_once:
            synchronize_users(cluster, plan, pods)
        if not plan.verify:
            return
        with ThreadPoolExecutor(max_workers=WORKERS) as pool:
            checks = pool.map(lambda pod: _check_pod(cluster, plan, pod, passwords, trust), pods)
            failed = [(pod, failures) for pod, failures in zip(pods, checks, strict=True)]
        for pod, failures in failed:
            if failures:
                _fail(cluster, plan, pod, failures)
        _check_upload(cluster, plan, pods[0], passwords, trust)
        check_service(cluster, plan, pods, None if plan.tls_mode is TlsMode.OFF else trust)
        if plan.process.metrics_port:
            _check_metrics(cluster, plan, pods[0])


def _ready_pods(cluster: Cluster, plan: KubernetesPlan) -> list[PodState]:
    """Wait until all replicas are ready, and return their pods.

    :raises VerificationError: if too few are.
    """
    pods: list[PodState] = []

    def are_ready() -> bool:
        found = cluster.pods(plan.namespace, names.selector(plan.name))
        pods[:] = [pod for pod in found if not pod.terminating]
        is_rolled_out = cluster.is_rolled_out(plan.namespace, plan.name)
        return is_rolled_out and sum(pod.ready for pod in pods) >= plan.replicas

    if wait_until(are_ready, READY_SECONDS, interval=0.5):
        return [pod for pod in pods if pod.ready]
    ready = sum(pod.ready for pod in pods)
    request = f"pods of {plan.name} in namespace {plan.namespace}, expecting {plan.replicas} ready"
    log = [
        line for pod in pods if not pod.ready for line in pod_report(cluster, plan.namespace, pod)
    ]
    failures = [Failure(request, f"{ready} ready within {READY_SECONDS:.0f} s")]
    fix = suggest_fix(failures, log, plan.process.api, plan.location)
    if any(reason in line for line in log for reason in IMAGE_REASONS):
        fix = (
            "Check that image exists. A private image registry needs imageUsername and "
            "imagePassword, or kubernetes.imagePullSecrets."
        )
    raise VerificationError(_registry(plan), failures, fix, log)


def _check_pod(
    cluster: Cluster,
    plan: KubernetesPlan,
    pod: PodState,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> list[Failure]:
    """Check one pod's health and catalog. Wait while it still has the previous users."""
    with forwarded_probe(cluster, plan, pod.name, trust) as probe:
        if unhealthy := probe.wait_for_health(START_SECONDS, lambda: True):
            return [unhealthy]
        failures: list[Failure] = []

        def has_users() -> bool:
            failures[:] = probe.check_catalog(passwords)
            rejected = [each for each in failures if each.status == 401 and each.user]
            return not failures or len(rejected) < len(failures)

        wait_until(has_users, USERS_SECONDS, interval=0.3)
        return failures or check_roles(probe, passwords)


def _check_upload(
    cluster: Cluster,
    plan: KubernetesPlan,
    pod: PodState,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> None:
    """Verify that a pack can be pushed. All pods have the same storage."""
    if ADMIN not in passwords:
        return
    with forwarded_probe(cluster, plan, pod.name, trust) as probe:
        failures = check_upload(probe, passwords[ADMIN], plan.endpoint)
    if failures:
        _fail(cluster, plan, pod, failures)


def _check_metrics(cluster: Cluster, plan: KubernetesPlan, pod: PodState) -> None:
    """Warn if a pod has no metrics. All pods have the same image."""
    port = plan.process.metrics_port
    with forwarded_port(cluster, plan.namespace, pod.name, port) as local_port:
        warning = metrics_warning("127.0.0.1", local_port, f"{pod.name}:{port}")
    if warning:
        pulumi.log.warn(warning)


def _fail(cluster: Cluster, plan: KubernetesPlan, pod: PodState, failures: list[Failure]) -> None:
    log = log_tail(cluster, plan.namespace, pod)
    fix = suggest_fix(failures, log, plan.process.api, plan.location)
    raise VerificationError(f"{_registry(plan)}, pod {pod.name},", failures, fix, log)


def _registry(plan: KubernetesPlan) -> str:
    return f"The registry {plan.name} in namespace {plan.namespace}"
