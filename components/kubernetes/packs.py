"""Packs that the other server of an OCI registry can't read, in a volume or in a bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pulumi

from common.labels import Owner
from components.kubernetes import names
from components.kubernetes.cluster import Cluster
from components.kubernetes.forward import forwarded_probe
from components.kubernetes.plan import KubernetesPlan
from components.settings import StorageKind
from components.storage.location import StorageLocation
from components.verification.absent import absent_packs
from components.verification.tls_client import TlsTrust


def format_problems(cluster: Cluster, plan: KubernetesPlan, owner: Owner) -> Iterator[str]:
    """Report packs in a volume that only the running server can read.

    Nothing else can read a volume of the cluster, so it is unknown whether they have been copied.
    """
    previous = _previous_location(cluster, plan, owner)
    if previous is None or plan.location.kind is not StorageKind.VOLUME:
        return
    if plan.location.is_of_other_server(previous):
        stack = pulumi.get_stack()
        yield (
            f"ociServer: the packs in {previous} would not be in {plan.location}. Set ociServer "
            "back. To move, create a registry with the new server in another stack, and copy the "
            f"packs with `make copy-packs FROM={stack} STACK={stack}-new` (docs/how-to/"
            "move-packs.md). To start without packs, set another containerName."
        )


def unreadable_packs(
    cluster: Cluster,
    plan: KubernetesPlan,
    owner: Owner,
    candidate: str,
    passwords: Mapping[str, str],
    trust: TlsTrust,
) -> str:
    """Return why the changed server must not replace the running ones in a bucket; empty if it may.

    :param candidate: the name of the smoke test's pod.
    :param passwords: password by username, for users with a known password.
    """
    previous = _previous_location(cluster, plan, owner)
    if previous is None or not plan.location.is_other_part_of_bucket(previous):
        return ""
    pods = cluster.pods(plan.namespace, names.selector(plan.name))
    for pod in pods:
        if pod.ready and not pod.terminating:
            with (
                forwarded_probe(cluster, plan, pod.name, trust) as running,
                forwarded_probe(cluster, plan, candidate, trust) as changed,
            ):
                return absent_packs(previous, plan.location, running, changed, passwords)
    return ""


def _previous_location(
    cluster: Cluster, plan: KubernetesPlan, owner: Owner
) -> StorageLocation | None:
    """Return the location of the running servers' packs; None if it is unknown."""
    found = cluster.find("Deployment", plan.name, plan.namespace)
    annotations = (found.metadata.annotations or {}) if found is not None else {}
    if names.STORAGE_ANNOTATION not in annotations or not owner.owns(annotations):
        return None
    try:
        return StorageLocation.from_label(annotations[names.STORAGE_ANNOTATION])
    except ValueError:  # someone else has changed it
        return None
