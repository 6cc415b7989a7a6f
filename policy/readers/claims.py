"""The volumes of Kubernetes workloads, and whether they outlive the stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from common.labels import DATA_LABEL
from policy.policy import Violation
from policy.readers.kubernetes import (
    CLAIM,
    STATEFUL_SET,
    WORKLOADS,
    cluster_of,
    kind,
    name_of,
    namespace_of,
    statement,
)
from policy.readers.pods import Pod, pod_containers
from policy.resources import UNKNOWN, Resource, dig, to_list, to_string


def unkept_claims(resources: Sequence[Resource]) -> Iterator[Violation]:
    """The data of workloads that is deleted with the stack."""
    claims = [one for one in resources if one.type == CLAIM]
    reported: set[str] = set()
    for workload in (one for one in resources if one.type in WORKLOADS):
        pod = Pod(workload)
        if statement(DATA_LABEL, workload, pod.template) in ("true", UNKNOWN):
            continue
        title = f"{kind(workload)} {name_of(workload) or workload.name}"
        written = _written_claims(workload, pod)
        if pod.marks.get(DATA_LABEL) == "false" and not written and not _has_templates(workload):
            yield Violation(f"Data of {title} must be in a volume, not in the pod", workload)
        if dig(_retention(workload), "whenDeleted") == "Delete":
            what = f"{title} must not delete its volumes (persistentVolumeClaimRetentionPolicy)"
            yield Violation(what, workload)
        for claim in claims:
            is_written = name_of(claim) in written and _is_near(claim, workload)
            if is_written and not claim.protected and claim.urn not in reported:
                reported.add(claim.urn)
                what = f"PersistentVolumeClaim {name_of(claim)} with the data of {title}"
                yield Violation(f"{what} must not be deleted with the stack", claim)


def _has_templates(workload: Resource) -> bool:
    return bool(to_list(dig(workload.properties, "spec", "volumeClaimTemplates")))


def _retention(workload: Resource) -> object:
    if workload.type != STATEFUL_SET:
        return None
    return dig(workload.properties, "spec", "persistentVolumeClaimRetentionPolicy")


def _written_claims(workload: Resource, pod: Pod) -> set[str]:
    """The names of the claims that a container may write to."""
    mounted = {
        mount.source
        for container in pod_containers(workload)
        for mount in container.mounts
        if not mount.read_only
    }
    return {
        to_string(dig(options, "claimName"))
        for name, volume, options in pod.volumes
        if volume == "persistentVolumeClaim"
        and name in mounted
        and dig(options, "readOnly") not in (True, UNKNOWN)
    } - {""}


def _is_near(claim: Resource, workload: Resource) -> bool:
    """Whether both are in the same namespace, as far as it is known."""
    namespaces = {namespace_of(claim), namespace_of(workload)} - {""}
    return cluster_of(claim) == cluster_of(workload) and len(namespaces) < 2
