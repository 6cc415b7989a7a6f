"""Certificates of a private CA: clients that trust the CA are not affected by renewals."""

from __future__ import annotations

import ssl
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.engine.conftest import Factory
from tests.support.docker import inspect
from tests.support.engine import EngineRegistry
from tests.support.registry import Client, expect_guides_answers

TLS = {"mode": "private-ca", "algorithm": "ecdsa-p256"}
ANOTHER: dict[str, Any] = {
    "mode": "private-ca",
    "algorithm": "rsa-4096",
    "validityDays": 90,
    "subject": {"organization": "Another"},
}


def expire_certificate(registry: EngineRegistry) -> None:
    """Mark the server's certificate as expired in the state, so that an update renews it."""
    exported = registry.stack.export_stack()
    (issued,) = [
        each
        for each in (exported.deployment or {})["resources"]
        if each["type"] == "tls:index/locallySignedCert:LocallySignedCert"
    ]
    issued["outputs"]["validityEndTime"] = "2000-01-01T00:00:00Z"
    registry.stack.import_stack(exported)


def test_renewal_keeps_clients_trust(
    new_registry: Factory,
) -> None:
    registry = new_registry(tls=TLS)
    outputs = registry.up()
    trusting = Client.of(outputs, "admin")  # keeps trusting the first CA certificate
    digest = trusting.push("packs/kept", b"a pack")
    seen, containers = [outputs["certificateFingerprint"]], [inspect(registry.stack_name)["Id"]]
    for tls, is_expired in ((TLS, True), (TLS, True), (ANOTHER, False), (ANOTHER, False)):
        if is_expired:
            expire_certificate(registry)
        registry.write(tls=tls)
        renewed = registry.up()
        shown = x509.load_pem_x509_certificate(
            ssl.get_server_certificate(("127.0.0.1", registry.port)).encode()
        )
        assert renewed["certificateFingerprint"] == shown.fingerprint(hashes.SHA256()).hex()
        assert renewed["certificateNotAfter"] == f"{shown.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
        assert renewed["caCertificate"] == outputs["caCertificate"]
        assert trusting.pull("packs/kept", digest) == b"a pack"
        seen.append(renewed["certificateFingerprint"])
        containers.append(inspect(registry.stack_name)["Id"])
    assert len(set(seen[:4])) == len(set(containers[:4])) == 4, (
        "each certificate needs a new container"
    )
    assert (seen[4], containers[4]) == (seen[3], containers[3]), (
        "a valid certificate is not renewed"
    )
    registry.expect_no_changes(refresh=True)
    expect_guides_answers(renewed)
