"""Smoke test of a changed server, before an update changes the files or the pods of a running one.

A pod starts next to the running ones, with the new image, configuration, certificate and users, and
with read-only access to the bucket. It is verified like every pod at the end of an update, and
removed. If it fails, the update fails, and the running servers are unchanged.

The readiness of a pod can't replace the test: the health of a server does not depend on its bucket,
so a rollout with a wrong bucket would replace all servers that work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from common.errors import UserError
from common.labels import Owner
from common.wait import wait_until
from components.kubernetes import names
from components.kubernetes.candidate import avoiding, candidate_spec, placement, running_candidate
from components.kubernetes.cluster import Cluster, PodState
from components.kubernetes.context import KubernetesContext
from components.kubernetes.errors import cluster_errors
from components.kubernetes.files import file_volumes, secret_key
from components.kubernetes.forward import forwarded_probe
from components.kubernetes.packs import unreadable_packs
from components.kubernetes.plan import KubernetesPlan
from components.kubernetes.report import log_tail, pod_report
from components.kubernetes.workload import read_once
from components.servers.inputs import ServerInputs
from components.servers.process import FileGroup
from components.verification.diagnosis import VerificationError, suggest_fix
from components.verification.probe import Failure
from components.verification.tls_client import TlsTrust
from components.verification.upload import check_roles

PLACE_SECONDS = 15.0
"""Time for a node to report that it starts the pod."""
RUN_SECONDS = 120.0
"""Time for the pod to run, including the pull of its image."""
ATTEMPTS = 3
"""Nodes that are tried."""
START_SECONDS = 30.0
"""Time for its server to answer."""
FINAL_PROBLEMS = ("exit code", "ImagePullBackOff", "InvalidImageName", "CreateContainer")
"""Parts of problems that time does not solve."""


@dataclass(frozen=True)
class SmokeTest:
    """A changed server, and what verifies it."""

    subject: str
    """What changed, as the start of a sentence."""
    spec: Mapping[str, Any]
    """Specification of the pod."""
    files: Mapping[FileGroup, Mapping[str, str]]
    """Content of files by name and group."""
    passwords: Mapping[str, str]
    """Password by username, for users with a known password."""
    trust: TlsTrust


def tested(
    context: KubernetesContext, cluster: Cluster, inputs: ServerInputs
) -> pulumi.Output[list[pulumi.Resource]]:
    """Run the smoke test if one is required.

    :returns: an empty list of dependencies. Resources that depend on it wait for the test.
    """
    plan = context.plan
    nothing: list[pulumi.Resource] = []
    # A second pod can't mount the volume with the packs.
    if not context.checks_now or not plan.verify or plan.data_claim:
        return pulumi.Output.from_input(nothing)
    files = {
        group: {secret_key(name): content for name, (content, _) in group_files.items()}
        for group, group_files in inputs.files.test_groups.items()
    }
    spec = candidate_spec(plan, file_volumes(context, inputs.files.test_groups))

    def test(resolved: list[Any]) -> None:
        annotations, contents, passwords, trust = resolved
        with cluster_errors(cluster, "the smoke test of the changed server"):
            if subject := smoke_test_subject(cluster, plan, annotations):
                required = SmokeTest(subject, spec, contents, passwords, trust)
                run_smoke_test(cluster, plan, context.owner, required)

    async def test_later(resolved: list[Any]) -> list[pulumi.Resource]:
        await asyncio.to_thread(test, resolved)
        return nothing

    needed = (read_once(plan, inputs), files, inputs.passwords, inputs.trust)
    return pulumi.Output.unsecret(pulumi.Output.all(*needed).apply(test_later))


def smoke_test_subject(
    cluster: Cluster, plan: KubernetesPlan, annotations: Mapping[str, str]
) -> str:
    """Return what an update changes in servers that run, as the start of a sentence.

    :param annotations: annotations of the pods that change with what the server reads at its start.
    :returns: an empty string if no smoke test is required.
    """
    running = cluster.find("Deployment", plan.name, plan.namespace)
    if running is None or not running.status.ready_replicas:
        return ""
    template = running.spec.template
    if template.spec.containers[0].image != plan.image:
        return f"The new image {plan.image}"
    found = template.metadata.annotations or {}
    if found.get(names.CERTIFICATE_ANNOTATION) != annotations.get(names.CERTIFICATE_ANNOTATION):
        return "The server with the new certificate"
    if found.get(names.CONFIGURATION_ANNOTATION) != annotations[names.CONFIGURATION_ANNOTATION]:
        return "The server with the new settings"
    return ""


def run_smoke_test(cluster: Cluster, plan: KubernetesPlan, owner: Owner, test: SmokeTest) -> None:
    """Run the pod and verify its server, on another node if the first one does not respond.

    :raises VerificationError: if it fails.
    :raises UserError: if it can't read packs of the running servers.
    """
    spec = test.spec
    for further_attempts in reversed(range(ATTEMPTS)):
        with running_candidate(cluster, plan, owner, spec, test.files):
            has_started = wait_until(
                lambda: placement(cluster, plan)[1], PLACE_SECONDS, interval=0.3
            )
            node, _ = placement(cluster, plan)
            if has_started or not node or not further_attempts:
                _verify(cluster, plan, owner, test)
                return
        spec = avoiding(spec, node)


def _verify(cluster: Cluster, plan: KubernetesPlan, owner: Owner, test: SmokeTest) -> None:
    pod = _wait_for_pod(cluster, plan)
    if pod is None or not pod.ready:
        state = (pod.problem if pod else "") or "not running"
        failures = [Failure(f"pod {names.candidate(plan.name)}, expecting that it runs", state)]
        log = pod_report(cluster, plan.namespace, pod) if pod else []
    else:
        failures = _check(cluster, plan, pod, test.passwords, test.trust)
        log = log_tail(cluster, plan.namespace, pod) if failures else []
    if failures:
        fix = suggest_fix(failures, log, plan.process.api, plan.location)
        unchanged = "The running servers are unchanged. Undo the change, or correct it."
        raise VerificationError(test.subject, failures, f"{unchanged} {fix}", log)
    if pod:
        problem = unreadable_packs(cluster, plan, owner, pod.name, test.passwords, test.trust)
        if problem:
            raise UserError(f"{problem} The running servers are unchanged.")


def _wait_for_pod(cluster: Cluster, plan: KubernetesPlan) -> PodState | None:
    """Return the pod when it runs or can't run; None if there is none."""
    pod: PodState | None = None

    def is_final() -> bool:
        nonlocal pod
        pod = next(iter(cluster.pods(plan.namespace, names.candidate_labels(plan.name))), None)
        return pod is not None and (
            pod.ready or any(problem in pod.problem for problem in FINAL_PROBLEMS)
        )

    wait_until(is_final, RUN_SECONDS, interval=0.3)
    return pod


def _check(
    cluster: Cluster,
    plan: KubernetesPlan,
    pod: PodState,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> list[Failure]:
    def is_alive() -> bool:
        found = _wait_for_pod(cluster, plan)
        return found is not None and found.ready

    with forwarded_probe(cluster, plan, pod.name, trust) as probe:
        if unhealthy := probe.wait_for_health(START_SECONDS, is_alive):
            return [unhealthy]
        return (
            probe.check_catalog(passwords)
            or check_roles(probe, passwords)
            or probe.check_reading(passwords)
            or probe.watch_health(plan.process.settling_seconds)
        )
