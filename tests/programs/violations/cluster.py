"""Kubernetes resources that comply with every policy. Each program changes one property.

No program reaches a cluster: the provider writes YAML files instead.
"""

import tempfile
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0@{DIGEST}"
ANNOTATIONS = {
    "pack-registry.project": "violations",
    "pack-registry.stack": "test",
    "pack-registry.component": "thing",
}
CONTEXT = {
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
POD_CONTEXT = {
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "fsGroup": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
RESOURCES = {"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi"}}
ENV = {
    "REGISTRY_AUTH": "htpasswd",
    "REGISTRY_HTTP_TLS_CERTIFICATE": "/certs/tls.crt",
    "REGISTRY_HTTP_TLS_KEY": "/certs/tls.key",
}

_directory = str(Path(tempfile.gettempdir()) / "violations-yaml")
_provider = kubernetes.Provider("cluster", render_yaml_to_directory=_directory)
OPTIONS = pulumi.ResourceOptions(provider=_provider)


def metadata(**changes: Any) -> dict[str, Any]:
    """The metadata of a resource."""
    return {"name": "violations", "namespace": "violations", "annotations": ANNOTATIONS, **changes}


def deployment(
    container: dict[str, Any] | None = None, **pod: Any
) -> kubernetes.apps.v1.Deployment:
    """A registry with changes of its container and its pod."""
    labels = {"app": "violations"}
    server = {
        "name": "registry",
        "image": IMAGE,
        "env": [{"name": name, "value": value} for name, value in ENV.items()],
        "securityContext": CONTEXT,
        "resources": RESOURCES,
        "volumeMounts": [{"name": "certificate", "mountPath": "/certs"}],
        **(container or {}),
    }
    spec = {
        "automountServiceAccountToken": False,
        "securityContext": POD_CONTEXT,
        "containers": [server],
        "volumes": [{"name": "certificate", "secret": {"secretName": "x", "defaultMode": 0o440}}],
        **pod,
    }
    template = {"metadata": {"labels": labels}, "spec": spec}
    return kubernetes.apps.v1.Deployment(
        "server",
        metadata=metadata(),
        spec={"selector": {"matchLabels": labels}, "template": template},
        opts=OPTIONS,
    )


def secret(data: dict[str, str]) -> kubernetes.core.v1.Secret:
    """A Secret with strings."""
    return kubernetes.core.v1.Secret("secret", metadata=metadata(), string_data=data, opts=OPTIONS)


def service(**spec: Any) -> kubernetes.core.v1.Service:
    """A Service."""
    base = {"selector": {"app": "violations"}, "ports": [{"port": 443, "appProtocol": "https"}]}
    return kubernetes.core.v1.Service(
        "service", metadata=metadata(), spec={**base, **spec}, opts=OPTIONS
    )
