"""Lines about a Deployment: its pods, their restarts and their image."""

from __future__ import annotations

from collections.abc import Iterator

from cli.condition import Line, State
from cli.console import make_command
from cli.owners import stack_owner
from components.kubernetes.cluster import Cluster, PodState
from components.kubernetes.plan import KubernetesPlan
from components.kubernetes.preflight import owns


def server_lines(
    cluster: Cluster, plan: KubernetesPlan, stack: str, pods: list[PodState]
) -> Iterator[Line]:
    """Yield the lines.

    :param pods: those that are not being stopped.
    """
    up = make_command("up", stack)
    found = cluster.find("Deployment", plan.name, plan.namespace)
    if found is None:
        value = f"there is no deployment {plan.name} in namespace {plan.namespace}"
        yield Line("server", State.ERROR, value, f"Run `{up}`.")
        return
    if not owns(stack_owner(stack), found):
        fix = f"Set containerName to another name, then run `{up}`."
        value = f"the deployment {plan.name} does not belong to this stack"
        yield Line("server", State.ERROR, value, fix)
        return
    yield _state(plan, pods, up)
    yield _restarts(plan, pods)
    yield _image(plan, found.spec.template.spec.containers[0].image, pods, up)


def _state(plan: KubernetesPlan, pods: list[PodState], up: str) -> Line:
    ready = sum(pod.ready for pod in pods)
    problems = sorted({pod.problem for pod in pods if not pod.ready and pod.problem})
    figures = {"replicas": plan.replicas, "ready": ready, "problems": problems}
    value = f"{ready} of {plan.replicas} pods are ready"
    if ready >= plan.replicas and not problems:
        return Line("server", State.OK, value, figures=figures)
    value += f" ({'; '.join(problems)})" if problems else ""
    fix = f"Run `{up}`. If it fails, it shows events and the end of the log."
    return Line("server", State.WARNING if ready else State.ERROR, value, fix, figures)


def _restarts(plan: KubernetesPlan, pods: list[PodState]) -> Line:
    number = sum(pod.restarts for pod in pods)
    figures = {"restarts": number}
    if not number:
        return Line("restarts", State.OK, "0", figures=figures)
    worst = max(pods, key=lambda pod: pod.restarts)
    log = f"kubectl logs --namespace {plan.namespace} --previous {worst.name}"
    fix = f"To read why the server ended, run `{log}`."
    value = f"{number}, {worst.restarts} of them of pod {worst.name}"
    return Line("restarts", State.WARNING, value, fix, figures)


def _image(plan: KubernetesPlan, deployed: str, pods: list[PodState], up: str) -> Line:
    """Compare the image that runs with the settings, and the pods with each other."""
    wanted = plan.image
    running = sorted({pod.image_id for pod in pods if pod.image_id})
    figures = {"configured": wanted, "deployed": deployed, "ids": running}
    fix = f"Run `{up}`, which tests the image before it replaces the pods."
    if deployed != wanted:
        value = f"{deployed} runs, and the settings name {wanted}"
        return Line("image", State.WARNING, value, fix, figures)
    if len(running) > 1:
        value = f"the tag {wanted} has moved: the pods run {len(running)} images"
        fix = f"Set image to a digest (image@sha256:...), then run `{up}`."
        return Line("image", State.WARNING, value, fix, figures)
    return Line("image", State.OK, wanted, figures=figures)
