"""`make try-ca` prints the output caCertificate, in every TLS mode."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509

from tests.support.acme import acme_server, pebble_is_missing
from tests.support.docker import skip_or_fail
from tests.support.registry import Client
from tests.trial.conftest import Factory


def test_private_ca_prints_ca_certificate(new_registry: Factory) -> None:
    registry = new_registry(tls={"mode": "private-ca", "algorithm": "ecdsa-p256"})
    outputs = registry.up()
    ca = registry.run("ca")
    assert (ca.returncode, ca.stdout) == (0, outputs["caCertificate"]), ca.stderr
    read = x509.load_pem_x509_certificate(ca.stdout.encode())
    assert read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca, (
        "a renewed server certificate must not affect clients"
    )
    assert Client(f"https://localhost:{registry.port}", ca.stdout).status("/health") == 200, (
        "clients have to trust it"
    )


@pytest.mark.parametrize("is_public", [True, False])
def test_acme_prints_trust_pem(new_registry: Factory, is_public: bool) -> None:
    skip_or_fail(pebble_is_missing(), "REQUIRE_PEBBLE")
    registry = new_registry(hostname="packs.example.com", verify=not is_public)
    with acme_server(registry.port) as server:
        given: Any = server.settings["letsencrypt"]
        trusted = given.pop("trustPem") if is_public else given["trustPem"]
        registry.write(tls=server.settings)
        registry.up()
    ca = registry.run("ca")
    if is_public:
        message = (
            f"A public CA issued the certificate of the trial of {registry.stack_name} "
            "(tls.mode is letsencrypt). Clients trust it without further certificates."
        )
        assert (ca.returncode, ca.stdout, ca.stderr) == (1, "", f"x {message}\n")
    else:
        assert (ca.returncode, ca.stdout) == (0, trusted), ca.stderr


def test_failed_trial_has_unknown_ca(new_registry: Factory) -> None:
    registry = new_registry(server={"extra": {"storage": {"filesystem": {"maxthreads": "many"}}}})
    registry.failed_up()
    message = (
        f"The trial of {registry.stack_name} did not start completely, so its CA certificate is "
        f"unknown. Run `make try STACK={registry.stack_name}` again."
    )
    assert registry.run("ca").stderr == f"x {message}\n"
