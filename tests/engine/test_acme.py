"""A server that gets its certificate by itself, from Let's Encrypt's own test server."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.engine.conftest import Factory
from tests.support.acme import acme_server, pebble_is_missing
from tests.support.docker import inspect, skip_or_fail
from tests.support.engine import EngineRegistry
from tests.support.registry import Client, expect_guides_answers

NAME = "packs.example.com"


@pytest.fixture(name="made")
def _made(registry: Factory) -> Iterator[EngineRegistry]:
    skip_or_fail(pebble_is_missing(), "REQUIRE_PEBBLE")
    made = registry(hostname=NAME)
    with acme_server(made.port) as server:
        made.write(tls=server.settings)
        yield made


def test_a_certificate_is_got_from_an_acme_server_and_kept_with_another_container(
    made: EngineRegistry,
) -> None:
    outputs = made.up()
    expect_guides_answers(outputs)
    der = _presented(made.port, outputs["caCertificate"])
    shown = x509.load_der_x509_certificate(der)
    assert "Pebble Intermediate CA" in shown.issuer.rfc4514_string()
    assert outputs["certificateFingerprint"] == shown.fingerprint(hashes.SHA256()).hex()
    assert outputs["certificateNotAfter"] == f"{shown.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    made.expect_no_changes()
    digest = Client.of(outputs, "admin").push("packs/kept", b"a pack")
    container = inspect(made.stack_name)["Id"]

    made.write(server={"drainSeconds": 4})
    replaced = made.up()
    assert inspect(made.stack_name)["Id"] != container
    assert replaced["certificateFingerprint"] == outputs["certificateFingerprint"], (
        "it is kept in a volume, not in the container"
    )
    assert _presented(made.port, outputs["caCertificate"]) == der
    assert Client.of(replaced, "spectro").pull("packs/kept", digest) == b"a pack"
    made.down()
    assert made.volumes() == {f"{made.stack_name}-acme", f"{made.stack_name}-data"}, (
        "a certificate that is lost is asked for anew, which is rationed"
    )


def _presented(port: int, trusted: str) -> bytes:
    context = ssl.create_default_context(cadata=trusted)
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""
