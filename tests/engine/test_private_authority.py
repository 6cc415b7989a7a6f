"""A private authority's certificate is renewed with nothing changed for those who trust the authority."""

from __future__ import annotations

import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.engine.conftest import Factory
from tests.support.docker import inspect
from tests.support.registry import Client, expect_guides_answers

ALWAYS = {"mode": "private-ca", "algorithm": "ecdsa-p256", "validityDays": 1, "earlyRenewalHours": 24}
"""A certificate that is renewed by every update: as soon as it is issued, its end is less than 24 hours away."""


def test_a_certificate_renewed_twice_is_nothing_to_a_client_that_trusts_the_authority(registry: Factory) -> None:
    made = registry(tls=ALWAYS)
    outputs = made.up()
    trusting = Client.of(outputs, "admin")  # keeps the authority that it was given at first
    digest = trusting.push("packs/kept", b"a pack")
    seen, containers = [], []
    for tls in (ALWAYS, ALWAYS, {**ALWAYS, "earlyRenewalHours": 0}):
        made.write(tls=tls)
        renewed = made.up()
        shown = x509.load_pem_x509_certificate(ssl.get_server_certificate(("127.0.0.1", made.port)).encode())
        assert renewed["certificateFingerprint"] == shown.fingerprint(hashes.SHA256()).hex()
        assert renewed["certificateNotAfter"] == f"{shown.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
        assert renewed["caCertificate"] == outputs["caCertificate"]
        assert trusting.pull("packs/kept", digest) == b"a pack"
        seen.append(renewed["certificateFingerprint"])
        containers.append(inspect(made.stack_name)["Id"])
    assert len({outputs["certificateFingerprint"], *seen[:2]}) == 3, "each of two updates has renewed it"
    assert len(set(containers[:2])) == 2, "the server reads its certificate once"
    assert (seen[2], containers[2]) == (seen[1], containers[1]), "one that is not to be renewed yet is left alone"
    made.expect_no_changes(refresh=True)
    expect_guides_answers(renewed)
