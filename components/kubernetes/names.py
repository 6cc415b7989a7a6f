"""Names, labels and annotations of Kubernetes objects. All names derive from the container's."""

from __future__ import annotations

from common.labels import PREFIX
from components.servers.process import FileGroup
from components.settings import Storage, StorageKind

CONTAINER = "registry"
"""Name of the server's container in its pod."""

PORT_NAME = "registry"
"""Name of the server's port in the Service and in the pod."""

METRICS_PORT_NAME = "metrics"
"""Name of the port with metrics in the pod and in its own Service."""

APPLICATION = "pack-registry"

CERTIFICATE_ANNOTATION = f"{PREFIX}.certificate"
"""Fingerprint of the certificate, on the pod template. The server reads its certificate once, so a
new certificate needs new pods."""

CONFIGURATION_ANNOTATION = f"{PREFIX}.configuration"
"""Keyed digest of the configuration file, on the pod template. The server reads it once, too."""

STORAGE_ANNOTATION = f"{PREFIX}.storage"
"""Location of the packs as JSON (``components/storage/location.py``), on the Deployment."""

DATA_ANNOTATION = f"{PREFIX}.keeps-data"
"""Whether the packs outlive the stack, on the Deployment."""

TLS_ANNOTATION = f"{PREFIX}.tls"
"""TLS mode, `off` for plain HTTP, on the Deployment and the Service. Policies read it."""

USERS_VERSION_ANNOTATION = f"{PREFIX}.users-version"
"""Version of the users' Secret that a pod reads. The program sets it on pods, never on the pod
template: it makes the kubelet update the file at once, without a new pod."""

TARGET_LABEL = f"{PREFIX}.target"


def selector(name: str) -> dict[str, str]:
    """Return the labels by which the Deployment, the Service and the checks find the pods."""
    return {"app.kubernetes.io/name": APPLICATION, "app.kubernetes.io/instance": name}


def labels(name: str) -> dict[str, str]:
    """Return the labels of every object."""
    return {
        **selector(name),
        "app.kubernetes.io/managed-by": "pulumi",
        TARGET_LABEL: "kubernetes",
    }


def metrics_service(name: str) -> str:
    """Return the name of the Service with the pods' metrics."""
    return f"{name}-metrics"


def files_secret(name: str, group: FileGroup) -> str:
    """Return the name of the Secret with a group of files."""
    return f"{name}-{group.value}"


def collector(name: str) -> str:
    """Return the name of the pod that collects garbage."""
    return f"{name}-collector"


def collector_labels(name: str) -> dict[str, str]:
    """Return the labels of that pod. The Service and the Deployment do not select them."""
    return {**labels(name), "app.kubernetes.io/name": f"{APPLICATION}-collector"}


def maintenance_lock(name: str) -> str:
    """Return the name of the Lease that is the lock for maintenance."""
    return f"{name}-maintenance"


def candidate(name: str) -> str:
    """Return the name of the pod of a smoke test."""
    return f"{name}-candidate"


def candidate_secret(name: str, group: FileGroup) -> str:
    """Return the name of the Secret with a group of files of a smoke test."""
    return f"{name}-candidate-{group.value}"


def candidate_labels(name: str) -> dict[str, str]:
    """Return the labels of a smoke test. The Service and the Deployment do not select them."""
    return {**labels(name), "app.kubernetes.io/name": f"{APPLICATION}-candidate"}


def pull_secret(name: str) -> str:
    """Return the name of the Secret with the credentials of the image registry."""
    return f"{name}-pull"


def data_claim(name: str, storage: Storage) -> str:
    """Return the name of the claim for the packs' volume; empty for other kinds of storage."""
    if storage.kind is not StorageKind.VOLUME:
        return ""
    return storage.volume or f"{name}-data"
