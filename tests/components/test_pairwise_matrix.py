"""Every kind of storage under every TLS mode: what is declared, and what the server has of it."""

from __future__ import annotations

from typing import Any

import pytest

from components.settings import StorageKind, TlsMode
from tests.support.certificates import issue
from tests.support.component import HOSTNAME, container, declare

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
OF_STORAGE = {
    "volume": {"registry-data"},
    "nfs": {"registry-data-nfs", "registry-data-nfs-name"},
    "cifs": {"registry-data-cifs", "registry-data-cifs-name"},
}
OF_TLS = {
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
YAML_FILE = {"registry-http-secret", "registry-configuration-writer"}


def test_no_kind_and_no_mode_is_left_out() -> None:
    assert set(STORAGE) == {kind.value for kind in StorageKind}
    assert set(TLS) == {mode.value for mode in TlsMode}


@pytest.mark.parametrize("mode", TLS)
@pytest.mark.parametrize("kind", STORAGE)
def test_each_has_what_it_needs_and_nothing_else(kind: str, mode: str) -> None:
    made = declare(storage={"kind": kind, **STORAGE[kind]}, tls={"mode": mode, **TLS[mode]})
    has_file = kind in ("s3", "memory") or mode == "letsencrypt"
    assert set(made.resources) == ALWAYS | OF_STORAGE.get(kind, set()) | OF_TLS.get(mode, set()) | (
        YAML_FILE if has_file else set()
    )
    mounts = {mount["target"] for mount in container(made).inputs["mounts"]}
    wanted = {
        "/auth": True,
        "/certs": mode != "off",
        "/config": has_file,
        "/data": kind not in ("s3", "memory"),
        "/acme": mode == "letsencrypt",
    }
    assert mounts == {place for place, is_wanted in wanted.items() if is_wanted}
    env = dict(variable.split("=", 1) for variable in container(made).inputs["envs"])
    assert ("REGISTRY_HTTP_TLS_KEY" in env) is (mode not in ("letsencrypt", "off"))
    assert made.outputs["endpoint"].startswith("http://" if mode == "off" else "https://")
    assert bool(made.outputs["caCertificate"]) is (mode not in ("letsencrypt", "off"))
