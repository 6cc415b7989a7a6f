"""Settings of the server's YAML file, and the addresses of the server."""

from __future__ import annotations

import socket
import ssl

import docker
import pytest
from cryptography import x509

from tests.live.conftest import Factory
from tests.support.certificates import issue, issue_chain
from tests.support.docker import inspect, unique_name
from tests.support.registry import Client, expect_guides_answers, expect_roles


def test_server_settings(new_registry: Factory) -> None:
    server = {
        "logFormat": "json",
        "logFields": {"environment": "test"},
        "headers": {"X-Frame-Options": "SAMEORIGIN", "X-Packs": "yes"},
        "drainSeconds": 4,
        "addr": ":8443",
        "extra": {"http": {"http2": {"disabled": True}}},
    }
    registry = new_registry(server=server)
    outputs = registry.up()
    expect_guides_answers(outputs)
    expect_roles(outputs)
    headers = Client.of(outputs).request("GET", "/health").headers
    assert headers["X-Packs"] == "yes"
    assert headers["X-Frame-Options"] == "SAMEORIGIN", "it replaces the default of Palette's guide"
    assert (
        headers["Content-Security-Policy"] == "img-src 'self'; script-src 'self'; style-src 'self'"
    ), "the value of Palette's guide, with its quote closed"
    found = inspect(registry.stack_name)
    assert found["Args"] == ["serve", "/config/registry.yml"]
    assert list(found["HostConfig"]["PortBindings"]) == ["8443/tcp"]
    log = docker.from_env().api.logs(found["Id"]).decode()
    assert '"environment":"test"' in log, "JSON lines, each with the field"
    registry.expect_settled()


def test_packs_in_memory(new_registry: Factory) -> None:
    registry = new_registry(storage={"kind": "memory", "confirmLoss": True})
    outputs = registry.up()
    assert outputs["dataVolume"] == ""
    assert registry.volumes() == {f"{registry.stack_name}-config"}
    expect_roles(outputs)
    docker.from_env().api.restart(registry.stack_name)
    assert Client.of(registry.up(), "admin").request("GET", "/v1/_catalog").json() == {
        "repositories": []
    }
    registry.expect_settled()


def test_minimum_tls_rejects_older_versions(new_registry: Factory) -> None:
    registry = new_registry(tls={"algorithm": "ecdsa-p256", "minimumTls": "tls1.3"})
    expect_guides_answers(registry.up())
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode, old.maximum_version = (
        False,
        ssl.CERT_NONE,
        ssl.TLSVersion.TLSv1_2,
    )
    with pytest.raises(ssl.SSLError, match=r"(?i)alert protocol version"):
        handshake(registry.port, old)
    registry.expect_settled()


def test_client_certificate_is_required(
    new_registry: Factory,
) -> None:
    client = issue_chain("operator")
    tls = {
        "algorithm": "ecdsa-p256",
        "clientCas": [client.intermediate.certificate_pem],
        "clientCertificatePem": client.leaf.certificate_pem,
        "clientPrivateKeyPem": client.leaf.key_pem,
    }
    registry = new_registry(tls=tls)
    outputs = registry.up()  # verified with the client's certificate
    context = ssl.create_default_context(cadata=outputs["caCertificate"])
    with pytest.raises(ssl.SSLError, match=r"(?i)certificate required"):
        handshake(registry.port, context)
    registry.expect_settled()


def handshake(port: int, context: ssl.SSLContext) -> None:
    """Connect and read. In TLS 1.3 a server rejects a client after the client's handshake."""
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        secured.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        secured.recv(1)


def test_private_ca(new_registry: Factory) -> None:
    registry = new_registry(
        tls={"mode": "private-ca", "algorithm": "ecdsa-p256", "validityDays": 90}
    )
    outputs = registry.up()
    ca = x509.load_pem_x509_certificate(outputs["caCertificate"].encode())
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is True
    expect_guides_answers(outputs)
    shown = x509.load_pem_x509_certificate(
        ssl.get_server_certificate(("127.0.0.1", registry.port)).encode()
    )
    shown.verify_directly_issued_by(ca)
    assert outputs["certificateNotAfter"] == f"{shown.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    registry.expect_settled()


def test_provided_ca(new_registry: Factory) -> None:
    issuer = issue("Example CA", [], ca=True)
    ca = {"certificatePem": issuer.certificate_pem, "privateKeyPem": issuer.key_pem}
    registry = new_registry(
        tls={"mode": "private-ca", "algorithm": "ecdsa-p256", "validityDays": 30, "ca": ca}
    )
    outputs = registry.up()
    assert outputs["caCertificate"] == issuer.certificate_pem
    expect_guides_answers(outputs)
    registry.expect_settled()


def test_bind_addresses_and_networks(new_registry: Factory) -> None:
    network = unique_name("net")
    client = docker.from_env()
    client.networks.create(network)
    try:
        registry = new_registry(bindAddresses=["127.0.0.2", "::1"], networks=[network])
        outputs = registry.up()
        expect_guides_answers(outputs)
        bindings = inspect(registry.stack_name)["HostConfig"]["PortBindings"]["5000/tcp"]
        assert {binding["HostIp"] for binding in bindings} == {"127.0.0.1", "127.0.0.2", "::1"}
        for address in ("127.0.0.2", "::1"):
            assert ssl.get_server_certificate((address, registry.port)), f"{address} must answer"
        assert set(inspect(registry.stack_name)["NetworkSettings"]["Networks"]) == {
            "bridge",
            network,
        }
        registry.expect_settled()
        registry.down()
    finally:
        client.networks.get(network).remove()


def test_wildcard_bind_addresses(new_registry: Factory) -> None:
    registry = new_registry(bindAddress="0.0.0.0", bindAddresses=["::"])
    outputs = registry.up()
    expect_guides_answers(outputs)
    bindings = inspect(registry.stack_name)["HostConfig"]["PortBindings"]["5000/tcp"]
    assert {binding["HostIp"] for binding in bindings} == {"0.0.0.0", "::"}
    for address in ("127.0.0.1", "::1"):
        assert ssl.get_server_certificate((address, registry.port)), f"{address} must answer"
    registry.expect_settled()


def test_missing_network(new_registry: Factory) -> None:
    registry = new_registry(networks=["no-such-network"])
    said = registry.failed_up()
    missing = "networks: the Docker host has no network no-such-network."
    assert f"{missing} Create it with `docker network create no-such-network`" in said
    registry.expect_untouched()


def test_public_endpoint(
    new_registry: Factory,
) -> None:
    registry = new_registry(tls={"mode": "off"}, publicEndpoint="https://packs.example.com")
    outputs = registry.up()
    assert outputs["endpoint"] == "https://packs.example.com"
    assert outputs["healthUrl"] == "https://packs.example.com/health"
    assert outputs["cliLogin"] == "spectro registry login packs.example.com"
    assert outputs["consoleRegistration"]["insecureSkipVerify"] is False
    assert Client(f"http://localhost:{registry.port}", "").status("/health") == 200
    registry.expect_settled()
