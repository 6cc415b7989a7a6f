"""Every kind of storage with every TLS mode: resources, mounts and environment."""

from __future__ import annotations

from typing import Any

import pytest

from components.settings import StorageKind, TlsMode
from tests.support.certificates import issue
from tests.support.component import HOSTNAME, container, declared

ALWAYS = {
    "registry",
    "registry-image",
    "registry-config",
    "registry-users-writer",
    "registry-server",
    "registry-admin-password",
    "registry-readers-seed",
    "registry-salt",
}
OWN = issue(HOSTNAME, [HOSTNAME])
STORAGE: dict[str, dict[str, Any]] = {
    "volume": {},
    "path": {"path": "/srv/packs"},
    "nfs": {"nfs": {"server": "nfs.example.com", "export": "/packs"}},
    "cifs": {"cifs": {"server": "files.example.com", "share": "packs"}},
    "s3": {"s3": {"bucket": "packs", "region": "eu-central-1"}},
    "memory": {"confirmLoss": True},
}
TLS: dict[str, dict[str, Any]] = {
    "self-signed": {},
    "private-ca": {},
    "provided": {"certificatePem": OWN.certificate_pem, "privateKeyPem": OWN.key_pem},
    "letsencrypt": {"letsencrypt": {"email": "ops@example.com"}},
    "off": {},
}
STORAGE_RESOURCES = {
    "volume": {"registry-data"},
    "nfs": {"registry-data-nfs", "registry-data-nfs-name"},
    "cifs": {"registry-data-cifs", "registry-data-cifs-name"},
}
TLS_RESOURCES = {
    "self-signed": {"registry-key", "registry-certificate", "registry-certificate-writer"},
    "private-ca": {
        "registry-key",
        "registry-request",
        "registry-certificate",
        "registry-ca-key",
        "registry-ca",
        "registry-certificate-writer",
    },
    "provided": {"registry-certificate-writer"},
    "letsencrypt": {"registry-acme"},
}
CONFIG_FILE_RESOURCES = {"registry-http-secret", "registry-configuration-writer"}


def test_all_kinds_and_modes_are_tested() -> None:
    assert set(STORAGE) == {kind.value for kind in StorageKind}
    assert {*TLS, "secret"} == {mode.value for mode in TlsMode}, "a Secret is of Kubernetes"


@pytest.mark.parametrize("mode", TLS)
@pytest.mark.parametrize("kind", STORAGE)
def test_combination(kind: str, mode: str) -> None:
    made = declared(storage={"kind": kind, **STORAGE[kind]}, tls={"mode": mode, **TLS[mode]})
    has_file = kind in ("s3", "memory") or mode == "letsencrypt"
    assert set(made.resources) == ALWAYS | STORAGE_RESOURCES.get(kind, set()) | TLS_RESOURCES.get(
        mode, set()
    ) | (CONFIG_FILE_RESOURCES if has_file else set())
    mounts = {mount["target"] for mount in container(made).inputs["mounts"]}
    expected = {
        "/auth": True,
        "/certs": mode != "off",
        "/config": has_file,
        "/data": kind not in ("s3", "memory"),
        "/acme": mode == "letsencrypt",
    }
    assert mounts == {directory for directory, is_expected in expected.items() if is_expected}
    env = dict(variable.split("=", 1) for variable in container(made).inputs["envs"])
    assert ("REGISTRY_HTTP_TLS_KEY" in env) is (mode not in ("letsencrypt", "off"))
    assert made.outputs["endpoint"].startswith("http://" if mode == "off" else "https://")
    assert bool(made.outputs["caCertificate"]) is (mode not in ("letsencrypt", "off"))
