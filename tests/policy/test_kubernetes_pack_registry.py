"""The policies on the pack registry in a Kubernetes cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from common.features import Features, use_features
from tests.policy.oci_servers import OCI_SERVERS
from tests.policy.test_pack_registry import rejections
from tests.support.component import served
from tests.support.kubernetes import declare_on_kubernetes
from tests.support.noncompliant import compliant
from tests.support.recording import FirstPreview, Recorder, Run

KEYS = {"accessKey": "AKIAABCDEFGHIJKLMNOP", "secretKey": "x" * 40}
BUCKET = {"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1", **KEYS}}
VOLUME = {"kind": "volume"}
NOT_ON_KUBERNETES = ("bindAddress", "restart", "limits", "dockerHost")
CLIENTS = {"service": {"sourceRanges": ["203.0.113.0/24"]}, "resources": {"memoryLimit": "1Gi"}}
VARIANTS: dict[str, dict[str, Any]] = {
    "bucket": {"storage": BUCKET},
    "volume": {"storage": VOLUME},
    "metrics": {"metrics": {"port": 5001}},
    "node port": {"kubernetes": {**CLIENTS, "service": {"type": "NodePort", "nodePort": 30443}}},
    "behind an ingress": {
        "kubernetes": {**CLIENTS, "service": {"type": "ClusterIP"}},
        "publicEndpoint": "https://registry.example.com",
    },
    "three replicas": {"storage": BUCKET, "kubernetes": {**CLIENTS, "replicas": 3}},
    "existing namespace": {"kubernetes": {**CLIENTS, "createNamespace": False}},
    "private image": {"imageUsername": "ci", "imagePassword": "tMVyGWwXQpsqT3fC"},
    "private CA": {"tls": {"mode": "private-ca", "validityDays": 90}},
    "settings file": {"server": {"headers": {"X-Frame-Options": "DENY"}}},
    "port 80": {"port": 80},
    **OCI_SERVERS,
    "passwords": {"users": [{"name": "ci", "password": "correct horse battery staple"}]},
}
VIOLATIONS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "plain HTTP": (
        {"tls": {"mode": "off"}, "port": 8443},
        {"tls-required", "http-port-not-public"},
    ),
    "everyone": (
        {"kubernetes": {"resources": CLIENTS["resources"]}},
        {"load-balancer-source-ranges"},
    ),
    "little memory": (
        {"kubernetes": {**CLIENTS, "resources": {"memoryLimit": "256Mi"}}},
        {"container-memory-limit"},
    ),
    "deleted volume": ({"storage": {**VOLUME, "keepOnDestroy": False}}, {"data-kept-on-destroy"}),
    "tag": (
        {"image": "us-docker.pkg.dev/palette-images/palette/spectro-registry:4.7.0"},
        {"image-pinned"},
    ),
    "default password": (
        {"imageUsername": "ci", "imagePassword": "changeme"},
        {"kubernetes-no-default-password"},
    ),
}


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    """Switch off requests to clusters, and resource hooks."""
    with use_features(Features(checks=False, resource_hooks=False)):
        yield


def declared(changes: dict[str, Any], *, preview: bool) -> Run:
    base = {key: value for key, value in compliant().items() if key not in NOT_ON_KUBERNETES}
    settings = {**base, "target": "kubernetes", "kubernetes": CLIENTS, "storage": VOLUME, **changes}
    recorder = (FirstPreview if preview else Recorder)(served())
    return declare_on_kubernetes(recorder=recorder, preview=preview, **settings)


@pytest.mark.parametrize("title", VARIANTS)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_variant_complies(title: str, preview: bool) -> None:
    assert rejections(declared(VARIANTS[title], preview=preview), "prod") == {}


@pytest.mark.parametrize("title", VIOLATIONS)
def test_violation_is_reported(title: str) -> None:
    change, policies = VIOLATIONS[title]
    assert set(rejections(declared(change, preview=False), "prod")) == policies
