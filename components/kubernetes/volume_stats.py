"""Used and free space of a volume claim, as the kubelet of a pod's node measures it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from components.kubernetes.cluster import REQUEST_SECONDS, Cluster, Permission, PodState

PERMISSION = Permission("get", "nodes", subresource="proxy")
"""What the request needs. It also allows more, so that many users do not have it."""


@dataclass(frozen=True)
class VolumeStats:
    """The file system of a volume, in bytes."""

    size: int
    used: int
    free: int


def volume_stats(
    cluster: Cluster, namespace: str, pods: list[PodState], claim: str
) -> VolumeStats | None:
    """Ask the kubelets of some pods for the volume of a claim.

    :returns: None if none of them has measured it. Not every kind of volume is measured.
    """
    for node in dict.fromkeys(pod.node for pod in pods if pod.node):
        # The generated method encodes the slash.
        response, _, _ = cluster.core.api_client.call_api(
            f"/api/v1/nodes/{node}/proxy/stats/summary",
            "GET",
            auth_settings=["BearerToken"],
            _request_timeout=REQUEST_SECONDS,
            _preload_content=False,
        )
        for found in _stats(json.loads(response.data), namespace, claim):
            return found
    return None


def _stats(summary: dict[str, object], namespace: str, claim: str) -> Iterator[VolumeStats]:
    """Yield the volumes of a claim in a kubelet's summary (Kubernetes, `stats/v1alpha1`)."""
    pods = summary.get("pods")
    for pod in pods if isinstance(pods, list) else ():
        for volume in pod.get("volume") or ():
            reference = volume.get("pvcRef") or {}
            if (reference.get("namespace"), reference.get("name")) != (namespace, claim):
                continue
            sizes = [volume.get(f"{key}Bytes") for key in ("capacity", "used", "available")]
            if all(type(size) is int for size in sizes):
                yield VolumeStats(*sizes)
