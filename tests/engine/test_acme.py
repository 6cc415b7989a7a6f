"""A server that requests its certificate from Pebble, the test server of Let's Encrypt."""

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


@pytest.fixture
def registry(new_registry: Factory) -> Iterator[EngineRegistry]:
    skip_or_fail(pebble_is_missing(), "REQUIRE_PEBBLE")
    registry = new_registry(hostname=NAME)
    with acme_server(registry.port) as server:
        registry.write(tls=server.settings)
        yield registry


def test_acme_certificate_survives_replacement(
    registry: EngineRegistry,
) -> None:
    outputs = registry.up()
    expect_guides_answers(outputs)
    der = _presented(registry.port, outputs["caCertificate"])
    shown = x509.load_der_x509_certificate(der)
    assert "Pebble Intermediate CA" in shown.issuer.rfc4514_string()
    assert outputs["certificateFingerprint"] == shown.fingerprint(hashes.SHA256()).hex()
    assert outputs["certificateNotAfter"] == f"{shown.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    registry.expect_no_changes()
    digest = Client.of(outputs, "admin").push("packs/kept", b"a pack")
    container = inspect(registry.stack_name)["Id"]

    registry.write(server={"drainSeconds": 4})
    replaced = registry.up()
    assert inspect(registry.stack_name)["Id"] != container
    assert replaced["certificateFingerprint"] == outputs["certificateFingerprint"], (
        "it is stored in a volume, not in the container"
    )
    assert _presented(registry.port, outputs["caCertificate"]) == der
    assert Client.of(replaced, "spectro").pull("packs/kept", digest) == b"a pack"
    registry.down()
    assert registry.volumes() == {f"{registry.stack_name}-acme", f"{registry.stack_name}-data"}, (
        "requests for new certificates are rate limited"
    )


def _presented(port: int, trusted: str) -> bytes:
    context = ssl.create_default_context(cadata=trusted)
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""
