"""`make try-ca` prints the output caCertificate, in every TLS mode."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509

from tests.support.acme import acme_server, pebble_is_missing
from tests.support.docker import skip_or_fail
from tests.support.registry import Client
from tests.trial.conftest import Factory


def test_private_ca_prints_ca_certificate(registry: Factory) -> None:
    made = registry(tls={"mode": "private-ca", "algorithm": "ecdsa-p256"})
    outputs = made.up()
    ca = made.run("ca")
    assert (ca.returncode, ca.stdout) == (0, outputs["caCertificate"]), ca.stderr
    read = x509.load_pem_x509_certificate(ca.stdout.encode())
    assert read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca, (
        "a renewed server certificate must not affect clients"
    )
    assert Client(f"https://localhost:{made.port}", ca.stdout).status("/health") == 200, (
        "clients have to trust it"
    )


@pytest.mark.parametrize("is_public", [True, False])
def test_acme_prints_trust_pem(registry: Factory, is_public: bool) -> None:
    skip_or_fail(pebble_is_missing(), "REQUIRE_PEBBLE")
    made = registry(hostname="packs.example.com", verify=not is_public)
    with acme_server(made.port) as server:
        given: Any = server.settings["letsencrypt"]
        trusted = given.pop("trustPem") if is_public else given["trustPem"]
        made.write(tls=server.settings)
        made.up()
    ca = made.run("ca")
    if is_public:
        message = (
            f"A public CA issued the certificate of the trial of {made.stack_name} (tls.mode is "
            "letsencrypt). Clients trust it without further certificates."
        )
        assert (ca.returncode, ca.stdout, ca.stderr) == (1, "", f"x {message}\n")
    else:
        assert (ca.returncode, ca.stdout) == (0, trusted), ca.stderr


def test_failed_trial_has_unknown_ca(registry: Factory) -> None:
    made = registry(server={"extra": {"storage": {"filesystem": {"maxthreads": "many"}}}})
    made.failed_up()
    message = (
        f"The trial of {made.stack_name} did not start completely, so its CA certificate is "
        f"unknown. Run `make try STACK={made.stack_name}` again."
    )
    assert made.run("ca").stderr == f"x {message}\n"
