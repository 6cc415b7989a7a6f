"""Why pods of a registry do not serve: their state, warning events and last log lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from components.kubernetes.cluster import Cluster, PodState

LOG_LINES = 5
EVENTS = 3


def pod_report(cluster: Cluster, namespace: str, pod: PodState) -> list[str]:
    """Return lines about a pod. Parts that can't be read are left out."""
    lines = [f"pod {pod.name}: {pod.problem or ('ready' if pod.ready else 'not ready')}"]
    lines += [f"  event {warning}" for warning in _events(cluster, namespace, pod)]
    lines += [f"  log   {line}" for line in log_tail(cluster, namespace, pod)]
    return lines


def unready_reports(cluster: Cluster, namespace: str, labels: Mapping[str, str]) -> Iterator[str]:
    """Yield lines about each pod that is not ready."""
    for pod in cluster.pods(namespace, labels):
        if not pod.ready and not pod.terminating:
            yield from pod_report(cluster, namespace, pod)


def log_tail(cluster: Cluster, namespace: str, pod: PodState) -> list[str]:
    """Return the end of a pod's log: before its last restart, if it restarts now."""
    for previous in (True, False) if pod.problem and pod.restarts else (False,):
        try:
            if lines := cluster.log_lines(namespace, pod.name, LOG_LINES, previous=previous):
                return lines
        except Exception:  # noqa: S112 - the log must not hide the failure that is reported
            continue
    return []


def _events(cluster: Cluster, namespace: str, pod: PodState) -> list[str]:
    try:
        return cluster.warnings(namespace, pod.name)[-EVENTS:]
    except Exception:  # as above
        return []
