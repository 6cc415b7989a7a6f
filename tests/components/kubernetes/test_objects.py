"""The objects of a registry as manifests, for each way to run it. A snapshot shows every field."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.component import served
from tests.support.kubernetes import declared_on_kubernetes, manifests, reviewable
from tests.support.text_snapshot import TextSnapshotExtension

CA = served().certificate_pem
MUTUAL_TLS = {
    "clientCas": [CA],
    "clientCertificatePem": CA,
    "clientPrivateKeyPem": served().key_pem,
}
PROXY = {"publicEndpoint": "https://packs.example.com", "tls": {"mode": "off"}}

REGISTRIES: dict[str, dict[str, Any]] = {
    "load balancer with 3 replicas": {
        "kubernetes": {
            "replicas": 3,
            "service": {"annotations": {"example.com/type": "nlb"}, "sourceRanges": ["10.0.0.0/8"]},
        }
    },
    "node port": {"kubernetes": {"service": {"type": "NodePort", "nodePort": 30443}}},
    "cluster IP behind proxy": {**PROXY, "kubernetes": {"service": {"type": "ClusterIP"}}},
    "volume": {"storage": {"kind": "volume"}, "kubernetes": {"storageClass": "fast-ssd"}},
    "client CAs": {"tls": MUTUAL_TLS, "verify": False},
    "metrics": {"metrics": {"port": 5001}},
    "private image": {
        "image": "registry.example.com/packs/spectro-registry:4.7.0",
        "imageUsername": "reader",
        "imagePassword": "a password",
        "kubernetes": {"imagePullSecrets": ["mirror"], "priorityClass": "business-critical"},
    },
    "OCI in existing namespace": {
        "flavor": "oci",
        "kubernetes": {"namespace": "shared", "createNamespace": False, "serviceAccount": "s3"},
    },
}


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextSnapshotExtension)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_manifests(registry: str, snapshot: SnapshotAssertion) -> None:
    assert reviewable(manifests(declared_on_kubernetes(**REGISTRIES[registry]))) == snapshot
