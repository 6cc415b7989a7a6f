"""What one registry needs from a Kubernetes cluster, derived from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from components.kubernetes import names
from components.servers.process import ServerProcess
from components.settings import (
    KubernetesResources,
    KubernetesService,
    Settings,
    Storage,
    StorageKind,
    TlsMode,
)
from components.storage.location import StorageLocation


@dataclass(frozen=True)
class KubernetesPlan:
    """Objects, resources and addresses of one registry. Its parts take what they need."""

    name: str
    """Name of the Deployment and the Service, and prefix of all other names."""
    kubeconfig: str
    """Path of the kubeconfig file; empty for KUBECONFIG or ~/.kube/config."""
    context: str
    """Context in that file; empty for its current context."""
    namespace: str
    creates_namespace: bool
    image: str
    image_username: str
    image_password: str
    """Credentials for a private image registry; empty if it needs none."""
    process: ServerProcess
    hostname: str
    endpoint: str
    """URL of the registry as clients reach it."""
    port: int
    """Port of the Service."""
    client_port: int
    """Port to which clients connect: of the Service, or of the nodes (type NodePort)."""
    replicas: int
    service: KubernetesService
    resources: KubernetesResources
    storage: Storage
    location: StorageLocation
    storage_class: str
    storage_size: str
    service_account: str
    image_pull_secrets: list[str]
    """Existing Secrets, without the one for ``image_username``."""
    priority_class: str
    tls_mode: TlsMode
    tls_secret: str
    """Existing Secret with the certificate (mode secret)."""
    requires_client_certificate: bool
    drain_seconds: int
    """Seconds that the server waits for running requests when it stops."""
    verify: bool

    @property
    def data_claim(self) -> str:
        """Name of the claim for the packs' volume; empty for other kinds of storage."""
        return names.data_claim(self.name, self.storage)

    @property
    def keeps_data(self) -> bool:
        """Whether the packs outlive the stack."""
        return self.storage.keep_on_destroy and self.storage.kind is not StorageKind.MEMORY

    @property
    def keeps_namespace(self) -> bool:
        """Whether a created namespace outlives the stack, because a kept volume is in it."""
        return self.keeps_data and bool(self.data_claim)


def kubernetes_plan(settings: Settings, process: ServerProcess) -> KubernetesPlan:
    """Select what Kubernetes needs from all settings of a registry.

    :param process: the server that the pods run.
    """
    kubernetes, name = settings.kubernetes, settings.container_name
    claim = names.data_claim(name, settings.storage)
    return KubernetesPlan(
        name=name,
        kubeconfig=kubernetes.kubeconfig,
        context=kubernetes.context,
        namespace=kubernetes.namespace,
        creates_namespace=kubernetes.create_namespace,
        image=settings.server_image,
        image_username=settings.image_username,
        image_password=settings.image_password,
        process=process,
        hostname=settings.hostname,
        endpoint=settings.endpoint,
        port=settings.published_port,
        client_port=settings.client_port,
        replicas=kubernetes.replicas,
        service=kubernetes.service,
        resources=kubernetes.resources,
        storage=settings.storage,
        location=StorageLocation.of(settings.storage, claim, settings.pack_format),
        storage_class=kubernetes.storage_class,
        storage_size=kubernetes.storage_size,
        service_account=kubernetes.service_account,
        image_pull_secrets=kubernetes.image_pull_secrets,
        priority_class=kubernetes.priority_class,
        tls_mode=settings.tls.mode,
        tls_secret=kubernetes.tls_secret,
        requires_client_certificate=bool(settings.tls.client_cas),
        drain_seconds=settings.drain_seconds,
        verify=settings.verify,
    )
