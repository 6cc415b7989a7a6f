"""Conflicts between settings of the target kubernetes, and settings that have no effect there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from common.conflict import Conflict, Path, ignored_setting
from common.settings_model import inner_model
from common.types.kubernetes import SERVICE_NAME, bytes_of, cpus_of
from common.types.network import is_loopback, port_of
from components.settings import (
    Kubernetes,
    KubernetesResources,
    KubernetesService,
    ServiceType,
    Settings,
    StorageKind,
    Target,
    TlsMode,
)
from components.tls.validation import check_certificates

_TARGET = ("target",)
_GROUP = "kubernetes"
_STORAGE_KIND = ("storage", "kind")
_SERVICE_TYPE = (_GROUP, "service", "type")
_TLS_MODE = ("tls", "mode")
_STORAGE_KINDS = (StorageKind.S3, StorageKind.VOLUME, StorageKind.MEMORY)
_CLUSTER_DOMAINS = (".svc", ".svc.cluster.local")
"""Ends of names that the cluster's DNS has for Services."""
_UNPRIVILEGED_PORT = 1024
"""Lowest port on which a server without privileges can listen."""

_OF_DOCKER: dict[Path, str] = {
    ("bindAddress",): "or use kubernetes.service",
    ("bindAddresses",): "or use kubernetes.service",
    ("metrics", "address"): "because only the cluster's network reaches the pods' metrics",
    ("networks",): "",
    ("imageArchive",): "and use an image in a registry that the cluster can reach",
    ("dockerHost",): "or use kubernetes.kubeconfig",
    ("dockerCertPath",): "or use kubernetes.kubeconfig",
    ("limits", "memory"): "or use kubernetes.resources.memoryLimit",
    ("limits", "cpus"): "or use kubernetes.resources.cpuLimit",
    ("limits", "pids"): "because the kubelet limits processes",
    ("server", "readOnlyRoot"): "because the pods comply with pod security restricted",
    ("server", "noNewPrivileges"): "because the pods comply with pod security restricted",
    ("server", "dropCapabilities"): "because the pods comply with pod security restricted",
    ("server", "addCapabilities"): "because the pods comply with pod security restricted",
    ("server", "privateKeyMode"): "because only the server's group can read the key",
    ("server", "restart"): "because the kubelet always restarts the server",
    ("server", "logMaxSize"): "because the kubelet rotates logs",
    ("server", "logMaxFiles"): "because the kubelet rotates logs",
}
"""Settings that only Docker has, each with the end of the sentence "Remove it"."""


def kubernetes_conflicts(settings: Settings) -> Iterator[Conflict]:
    """Yield all conflicts, for both targets."""
    if settings.target is Target.DOCKER:
        yield from _without_kubernetes(settings)
        return
    yield from _docker_settings(settings)
    yield from _name(settings.container_name)
    yield from _storage(settings)
    yield from _service(settings)
    yield from _certificate(settings)
    yield from _resources(settings.kubernetes.resources)
    yield from _listening_ports(settings)
    yield from _shared_cache(settings)


def _without_kubernetes(settings: Settings) -> Iterator[Conflict]:
    """Refuse what only Kubernetes has."""
    for name in _changed(settings.kubernetes):
        yield ignored_setting((_GROUP, name), _TARGET, Target.DOCKER.value, Target.KUBERNETES.value)
    if settings.tls.mode is TlsMode.SECRET:
        yield Conflict(
            (_TLS_MODE, _TARGET),
            "secret is a Secret of Kubernetes, but target is docker. Set target to kubernetes, or "
            "use another mode (for example, provided).",
        )


def _changed(group: BaseModel) -> Iterator[str]:
    """Yield the names of settings that differ from their defaults."""
    defaults = type(group)()
    for name, info in type(group).model_fields.items():
        if getattr(group, name) != getattr(defaults, name):
            yield info.alias or name


def _docker_settings(settings: Settings) -> Iterator[Conflict]:
    """Refuse what only Docker has."""
    for path, end in _OF_DOCKER.items():
        value, default = _value_and_default(settings, path)
        if value != default:
            separator = ", " if end else ""
            yield Conflict(
                (path, _TARGET),
                f"has no effect when target is kubernetes. Remove it{separator}{end}.",
            )


def _value_and_default(settings: Settings, path: Path) -> tuple[Any, Any]:
    """Return the value of a setting and its default."""
    model: Any = Settings
    value: Any = settings
    default: Any = None
    for part in path:
        fields = model.model_fields.items()
        name, info = next((name, info) for name, info in fields if info.alias == part)
        value, default = getattr(value, name), info.get_default(call_default_factory=True)
        model = inner_model(info.annotation)
    return value, default


def _name(name: str) -> Iterator[Conflict]:
    if not SERVICE_NAME.fullmatch(name):
        yield Conflict(
            (("containerName",), _TARGET),
            f"{name} can't be the name of a Service. Use at most 63 lower-case letters, digits and "
            'hyphens, a letter first (for example, "spectro-registry").',
        )


def _storage(settings: Settings) -> Iterator[Conflict]:
    """Several servers need one bucket. A volume of Kubernetes is a claim."""
    storage, kubernetes = settings.storage, settings.kubernetes
    kind = storage.kind
    if kind not in _STORAGE_KINDS:
        yield Conflict(
            (_STORAGE_KIND, _TARGET),
            f"{kind.value} is storage of a Docker host, but target is kubernetes. Must be one of: "
            f"{', '.join(kind.value for kind in _STORAGE_KINDS)}.",
        )
    elif kubernetes.replicas > 1 and kind is not StorageKind.S3:
        yield Conflict(
            ((_GROUP, "replicas"), _STORAGE_KIND),
            f"{kubernetes.replicas} servers need storage that they share, but storage.kind is "
            f"{kind.value}. Set storage.kind to s3, or kubernetes.replicas to 1.",
        )
    for name, is_set in (
        ("storageClass", bool(kubernetes.storage_class)),
        ("storageSize", "storage_size" in kubernetes.model_fields_set),
    ):
        if is_set and kind is not StorageKind.VOLUME:
            yield ignored_setting((_GROUP, name), _STORAGE_KIND, kind.value, "volume")
    if storage.volume and not SERVICE_NAME.fullmatch(storage.volume):
        yield Conflict(
            (("storage", "volume"), _TARGET),
            f"{storage.volume} can't be the name of a PersistentVolumeClaim. Use at most 63 "
            "lower-case letters, digits and hyphens, a letter first (for example, "
            '"registry-data").',
        )


def _service(settings: Settings) -> Iterator[Conflict]:
    """A Service has one way in, and the endpoint shows it."""
    service = settings.kubernetes.service
    node_port = (_GROUP, "service", "nodePort")
    if service.type is ServiceType.NODE_PORT:
        if service.node_port is None and not settings.public_endpoint:
            yield Conflict(
                (node_port, _SERVICE_TYPE),
                "is required when kubernetes.service.type is NodePort, because it is the port of "
                "the endpoint. Set it (for example, to 30443), or set publicEndpoint.",
            )
    elif service.node_port is not None:
        yield ignored_setting(node_port, _SERVICE_TYPE, service.type.value, "NodePort")
    # A loopback address is that of `kubectl port-forward`.
    is_internal = settings.hostname.endswith(_CLUSTER_DOMAINS) or is_loopback(settings.hostname)
    if service.type is ServiceType.CLUSTER_IP and not settings.public_endpoint and not is_internal:
        yield Conflict(
            (_SERVICE_TYPE, ("publicEndpoint",), ("hostname",)),
            "ClusterIP is reachable only in the cluster. Set publicEndpoint to the URL of the "
            "ingress or gateway in front of it, set hostname to a name in the cluster (for "
            f'example, "{settings.container_name}.{settings.kubernetes.namespace}.svc"), or use '
            "LoadBalancer or NodePort.",
        )
    yield from _source_ranges(service)


def _source_ranges(service: KubernetesService) -> Iterator[Conflict]:
    if service.source_ranges and service.type is not ServiceType.LOAD_BALANCER:
        yield ignored_setting(
            (_GROUP, "service", "sourceRanges"), _SERVICE_TYPE, service.type.value, "LoadBalancer"
        )


def _certificate(settings: Settings) -> Iterator[Conflict]:
    mode, kubernetes = settings.tls.mode, settings.kubernetes
    if mode is TlsMode.LETS_ENCRYPT:
        yield Conflict(
            (_TLS_MODE, _TARGET),
            "letsencrypt is not supported when target is kubernetes. Use cert-manager: set "
            "tls.mode to secret, and kubernetes.tlsSecret to the name of its Secret.",
        )
    secret = (_GROUP, "tlsSecret")
    if mode is TlsMode.SECRET and not kubernetes.tls_secret:
        yield Conflict(
            (secret, _TLS_MODE),
            "is required when tls.mode is secret. Set it to the name of a Secret of type "
            'kubernetes.io/tls (for example, "registry-tls").',
        )
    yield from _unused_secret(kubernetes, mode)
    trust = kubernetes.tls_trust_pem
    for reason in check_certificates(trust) if isinstance(trust, str) else ():
        yield Conflict(((_GROUP, "tlsTrustPem"),), reason)
    generated = f"{settings.container_name}-certificate"
    if mode is TlsMode.SECRET and kubernetes.tls_secret == generated:
        yield Conflict(
            (secret, ("containerName",)),
            f"{generated} is the name of a Secret that this program writes in other modes. Use "
            'another name (for example, "registry-tls").',
        )


def _unused_secret(kubernetes: Kubernetes, mode: TlsMode) -> Iterator[Conflict]:
    for name, is_set in (
        ("tlsSecret", bool(kubernetes.tls_secret)),
        ("tlsTrustPem", kubernetes.tls_trust_pem is not None),
    ):
        if is_set and mode is not TlsMode.SECRET:
            yield ignored_setting((_GROUP, name), _TLS_MODE, mode.value, TlsMode.SECRET.value)


def _resources(resources: KubernetesResources) -> Iterator[Conflict]:
    """Kubernetes rejects a request above the limit."""
    path = (_GROUP, "resources")
    for kind, request, limit, size in (
        ("cpu", resources.cpu_request, resources.cpu_limit, cpus_of),
        ("memory", resources.memory_request, resources.memory_limit, bytes_of),
    ):
        if limit and size(request) > size(limit):
            yield Conflict(
                ((*path, f"{kind}Request"), (*path, f"{kind}Limit")),
                f"{request} is more than kubernetes.resources.{kind}Limit ({limit}). Set at most "
                f"{limit}.",
            )


def _listening_ports(settings: Settings) -> Iterator[Conflict]:
    addr, metrics = settings.server.addr, settings.metrics.port
    if addr and port_of(addr) < _UNPRIVILEGED_PORT:
        yield Conflict(
            (("server", "addr"), _TARGET),
            f"port {port_of(addr)} requires privileges, which the pods don't have. Use a port from "
            f'{_UNPRIVILEGED_PORT} (for example, ":5000"), and set port for clients.',
        )
    if metrics and metrics < _UNPRIVILEGED_PORT:
        yield Conflict(
            (("metrics", "port"), _TARGET),
            f"port {metrics} requires privileges, which the pods don't have. Use a port from "
            f"{_UNPRIVILEGED_PORT} (for example, 5001).",
        )


def _shared_cache(settings: Settings) -> Iterator[Conflict]:
    """A cache in the memory of each server hides what the others change."""
    section: Any = settings.server.extra
    for name in ("storage", "cache", "blobdescriptor"):
        section = section.get(name) if isinstance(section, dict) else None
    if section == "inmemory" and settings.kubernetes.replicas > 1:
        yield Conflict(
            (("server", "extra"), (_GROUP, "replicas")),
            "storage.cache.blobdescriptor inmemory is one cache for each server, which hides "
            "changes of the others. Remove it, or use redis.",
        )
