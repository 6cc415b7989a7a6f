"""Kubernetes resources as the engine shows them to a policy, with changes.

A change is merged into the compliant resource: objects deeply, other values as a whole. `None`
removes a property.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policy.readers.kubernetes import TEMPLATES
from tests.support.policy_resources import DIGEST, OFFICIAL_IMAGE, OWNERSHIP, Resource

COMPONENT_URN = (
    "urn:pulumi:test::pack-registry::pack-registry:index:KubernetesPackRegistry::registry"
)
ANNOTATIONS = {f"pack-registry.{key}": value for key, value in OWNERSHIP.items()}
OTHER_IMAGE = f"us-docker.pkg.dev/palette-images/palette/tool:1@{DIGEST}"

CONTAINER: Mapping[str, Any] = {
    "name": "registry",
    "image": OFFICIAL_IMAGE,
    "env": [
        {"name": "REGISTRY_AUTH_HTPASSWD_PATH", "value": "/auth/htpasswd-basic"},
        {"name": "REGISTRY_HTTP_TLS_CERTIFICATE", "value": "/certs/tls.crt"},
        {"name": "REGISTRY_HTTP_TLS_KEY", "value": "/certs/tls.key"},
    ],
    "ports": [{"name": "registry", "containerPort": 5000.0}],
    "securityContext": {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    },
    "resources": {
        "requests": {"cpu": "100m", "memory": "128Mi"},
        "limits": {"memory": "1Gi"},
    },
    "readinessProbe": {"httpGet": {"path": "/health", "port": "registry", "scheme": "HTTPS"}},
    "volumeMounts": [
        {"name": "users", "mountPath": "/auth"},
        {"name": "certificate", "mountPath": "/certs", "readOnly": True},
        {"name": "tmp", "mountPath": "/tmp"},
    ],
}
"""A container that complies with every policy, in a pod that does."""

SPEC: Mapping[str, Any] = {
    "automountServiceAccountToken": False,
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 65532.0,
        "fsGroup": 65532.0,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "volumes": [
        {"name": "users", "secret": {"secretName": "packs-users", "defaultMode": 288.0}},
        {"name": "certificate", "secret": {"secretName": "packs-tls", "defaultMode": 288.0}},
        {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
    ],
}
"""The specification of a pod that complies with every policy, without its containers."""


def merge(base: Any, changes: Any) -> Any:
    """Merge changes into a value."""
    if not isinstance(base, Mapping) or not isinstance(changes, Mapping):
        return changes
    merged = {**base}
    for key, value in changes.items():
        merged[key] = merge(base.get(key), value)
    return {key: value for key, value in merged.items() if value is not None}


def workload(kind: str, changes: Mapping[str, Any]) -> Resource:
    """A workload of a kind, with changes.

    `container` changes its container, `init` and `ephemeral` add one with changes, `spec` changes
    the pod's specification, `pod-metadata` and `metadata` change the metadata, `workload` the
    workload's specification, and `options` are those of the resource.
    """
    (type_,) = (one for one in TEMPLATES if one.endswith(f":{kind}"))
    containers = {"containers": [merge(CONTAINER, changes.get("container", {}))]}
    for key, field in (("init", "initContainers"), ("ephemeral", "ephemeralContainers")):
        if key in changes:
            other = {"name": key, "image": OTHER_IMAGE, "env": None, "readinessProbe": None}
            containers[field] = [merge(merge(CONTAINER, other), changes[key])]
    spec = merge({**containers, **SPEC}, changes.get("spec", {}))
    template = {"metadata": changes.get("pod-metadata", {}), "spec": spec}
    path = TEMPLATES[type_]
    if not path:
        properties: dict[str, Any] = {"spec": spec}
    else:
        properties = template
        for key in reversed(path):
            properties = {key: properties}
        if "workload" in changes:
            properties["spec"] = merge(properties["spec"], changes["workload"])
    return resource(type_, {**properties, **_metadata(changes)})


def _metadata(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {"metadata": changes["metadata"]} if "metadata" in changes else {}


def resource(type_: str, changes: Mapping[str, Any], **options: Any) -> Resource:
    """A resource of a pack registry, with the metadata and the kind that the provider receives."""
    _, group, kind = type_.split(":")
    base = {
        "apiVersion": group.removeprefix("core/"),
        "kind": kind,
        "metadata": {"name": "packs", "namespace": "packs", "annotations": ANNOTATIONS},
    }
    encrypted = ("data", "stringData") if kind == "Secret" else ()
    defaults = {"secret_outputs": encrypted, "parent": COMPONENT_URN}
    return Resource(type_, merge(base, changes), **{**defaults, **options})
