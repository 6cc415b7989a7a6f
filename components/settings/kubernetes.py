"""How the server runs in a Kubernetes cluster."""

from __future__ import annotations

from enum import StrEnum

from common.settings_model import SettingsModel, nested, setting
from common.types.base import OrEmpty, Text
from common.types.kubernetes import (
    AddressRange,
    AnnotationKey,
    ContextName,
    CpuQuantity,
    MemoryQuantity,
    NamespaceName,
    NodePortNumber,
    ObjectName,
    ReplicaCount,
    StorageQuantity,
)
from common.types.paths import LocalPath
from common.types.x509 import CertificatePem


class Target(StrEnum):
    """What runs the server."""

    DOCKER = "docker"
    KUBERNETES = "kubernetes"


class ServiceType(StrEnum):
    """Types of Services, as Kubernetes names them."""

    LOAD_BALANCER = "LoadBalancer"
    NODE_PORT = "NodePort"
    CLUSTER_IP = "ClusterIP"


class KubernetesService(SettingsModel):
    """The Service through which clients reach the registry."""

    type: ServiceType = setting(
        ServiceType.LOAD_BALANCER,
        "Type of the Service. Use ClusterIP behind an ingress or gateway, with publicEndpoint.",
        example="NodePort",
    )
    node_port: NodePortNumber | None = setting(
        None,
        "Port on every node (type NodePort). It is the port of the endpoint, unless publicEndpoint "
        "is set.",
    )
    annotations: dict[AnnotationKey, Text] = setting(
        {},
        "Annotations of the Service, for example for the cloud provider's load balancer.",
        allowed="a map of annotation keys to strings",
        example={"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"},
    )
    source_ranges: list[AddressRange] = setting(
        [],
        "Address ranges of clients that the load balancer accepts (type LoadBalancer). All by "
        "default.",
        example=["10.0.0.0/8"],
    )


class KubernetesResources(SettingsModel):
    """Requests and limits of the server's container."""

    cpu_request: CpuQuantity = setting("100m", "CPU that the scheduler reserves for each replica.")
    memory_request: MemoryQuantity = setting(
        "128Mi", "Memory that the scheduler reserves for each replica."
    )
    cpu_limit: OrEmpty[CpuQuantity] = setting(
        "", "CPU limit of each replica. Without a limit, logins use idle CPUs."
    )
    memory_limit: MemoryQuantity = setting("1Gi", "Memory limit of each replica.")


class Kubernetes(SettingsModel):
    """Cluster, namespace, replicas, service and storage of a registry on Kubernetes."""

    kubeconfig: OrEmpty[LocalPath] = setting(
        "",
        "Kubeconfig file on this machine. By default, KUBECONFIG or ~/.kube/config.",
        example="~/.kube/prod",
    )
    context: OrEmpty[ContextName] = setting(
        "", "Context in the kubeconfig file. Its current context by default."
    )
    namespace: NamespaceName = setting(
        "pack-registry",
        "Namespace of all objects. Two registries need different namespaces or container names.",
    )
    create_namespace: bool = setting(
        True,
        "Create the namespace, and remove it with the registry unless a kept volume is in it. "
        "Set it to false for a namespace that exists.",
    )
    replicas: ReplicaCount = setting(
        1, "Number of servers. More than one requires storage.kind s3."
    )
    service: KubernetesService = nested(
        KubernetesService, "Service through which clients reach the registry."
    )
    resources: KubernetesResources = nested(
        KubernetesResources, "Requests and limits of the server's container."
    )
    storage_class: OrEmpty[ObjectName] = setting(
        "",
        "Storage class of the volume (storage.kind volume). The cluster's default class by "
        "default.",
        example="fast-ssd",
    )
    storage_size: StorageQuantity = setting("20Gi", "Size of the volume (storage.kind volume).")
    service_account: OrEmpty[ObjectName] = setting(
        "",
        "Existing service account of the pods, for example with a role for the bucket. They get no "
        "token of the cluster's API.",
        example="pack-registry-s3",
    )
    image_pull_secrets: list[ObjectName] = setting(
        [],
        "Names of existing Secrets with credentials of image registries, in addition to "
        "imageUsername and imagePassword.",
        example=["registry-credentials"],
    )
    priority_class: OrEmpty[ObjectName] = setting(
        "", "Existing priority class of the pods.", example="business-critical"
    )
    tls_secret: OrEmpty[ObjectName] = setting(
        "",
        "Existing Secret of type kubernetes.io/tls with the server's certificate (tls.mode "
        "secret), for example from cert-manager.",
    )
    tls_trust_pem: CertificatePem | None = setting(
        None,
        "CA certificate in PEM with which clients verify the certificate in tlsSecret. Exported as "
        "caCertificate. By default, ca.crt in that Secret.",
    )
