"""A private authority's certificate is renewed and replaced with nothing changed for those who trust the authority."""

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


def let_it_end(made: EngineRegistry) -> None:
    """Make the state say that the server's certificate has ended, so that an update renews it."""
    exported = made.stack.export_stack()
    (issued,) = [
        each
        for each in (exported.deployment or {})["resources"]
        if each["type"] == "tls:index/locallySignedCert:LocallySignedCert"
    ]
    issued["outputs"]["validityEndTime"] = "2000-01-01T00:00:00Z"
    made.stack.import_stack(exported)


def test_a_certificate_renewed_twice_and_replaced_is_nothing_to_a_client_that_trusts_the_authority(
    registry: Factory,
) -> None:
    made = registry(tls=TLS)
    outputs = made.up()
    trusting = Client.of(outputs, "admin")  # keeps the authority that it was given at first
    digest = trusting.push("packs/kept", b"a pack")
    seen, containers = [outputs["certificateFingerprint"]], [inspect(made.stack_name)["Id"]]
    for tls, is_due in ((TLS, True), (TLS, True), (ANOTHER, False), (ANOTHER, False)):
        if is_due:
            let_it_end(made)
        made.write(tls=tls)
        renewed = made.up()
        shown = x509.load_pem_x509_certificate(
            ssl.get_server_certificate(("127.0.0.1", made.port)).encode()
        )
        assert renewed["certificateFingerprint"] == shown.fingerprint(hashes.SHA256()).hex()
        assert renewed["certificateNotAfter"] == f"{shown.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
        assert renewed["caCertificate"] == outputs["caCertificate"]
        assert trusting.pull("packs/kept", digest) == b"a pack"
        seen.append(renewed["certificateFingerprint"])
        containers.append(inspect(made.stack_name)["Id"])
    assert len(set(seen[:4])) == len(set(containers[:4])) == 4, (
        "each has its own; the server reads its certificate once"
    )
    assert (seen[4], containers[4]) == (seen[3], containers[3]), (
        "one that is not to be renewed yet is left alone"
    )
    made.expect_no_changes(refresh=True)
    expect_guides_answers(renewed)
