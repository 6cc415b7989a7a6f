"""`make try-ca` prints what the output caCertificate is, wherever the certificate comes from."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509

from tests.support.acme import acme_server, pebble_is_missing
from tests.support.docker import skip_or_fail
from tests.support.registry import Client
from tests.trial.conftest import Factory


def test_the_ca_of_a_private_authority_is_the_authoritys_and_not_the_servers(
    registry: Factory,
) -> None:
    made = registry(tls={"mode": "private-ca", "algorithm": "ecdsa-p256"})
    outputs = made.up()
    ca = made.run("ca")
    assert (ca.returncode, ca.stdout) == (0, outputs["caCertificate"]), ca.stderr
    read = x509.load_pem_x509_certificate(ca.stdout.encode())
    assert read.extensions.get_extension_for_class(x509.BasicConstraints).value.ca, (
        "a renewal of the server's own must be nothing to clients"
    )
    assert Client(f"https://localhost:{made.port}", ca.stdout).status("/health") == 200, (
        "it is what clients have to trust"
    )


@pytest.mark.parametrize("is_public", [True, False])
def test_the_ca_of_an_acme_servers_certificate_is_what_clients_are_told_to_trust(
    registry: Factory, is_public: bool
) -> None:
    skip_or_fail(pebble_is_missing(), "REQUIRE_PEBBLE")
    made = registry(hostname="packs.example.com", verify=not is_public)
    with acme_server(made.port) as server:
        given: Any = server.settings["letsencrypt"]
        trusted = given.pop("trustPem") if is_public else given["trustPem"]
        made.write(tls=server.settings)
        made.up()
    ca = made.run("ca")
    if is_public:
        told = f"The trial of {made.stack_name} has a certificate of a public authority (tls.mode is letsencrypt), which clients trust as it is."
        assert (ca.returncode, ca.stdout, ca.stderr) == (1, "", f"x {told}\n")
    else:
        assert (ca.returncode, ca.stdout) == (0, trusted), ca.stderr


def test_the_ca_of_a_trial_that_did_not_come_up_is_not_known(registry: Factory) -> None:
    made = registry(server={"extra": {"storage": {"filesystem": {"maxthreads": "many"}}}})
    made.failed_up()
    told = f"The trial of {made.stack_name} did not come up, and what its clients have to trust is not known; run `make try STACK={made.stack_name}`"
    assert made.run("ca").stderr == f"x {told} again.\n"
