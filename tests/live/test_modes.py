"""TLS modes, an IP address as hostname, plain HTTP, and packs in a host directory."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.live.conftest import Factory
from tests.support.certificates import issue_chain
from tests.support.docker import inspect
from tests.support.registry import Client, expect_contract, expect_guides_answers, expect_roles


def served(port: int) -> bytes:
    """Return the certificate that a port presents, in DER."""
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))


def test_ip_address_as_hostname(new_registry: Factory) -> None:
    registry = new_registry(hostname="127.0.0.1")
    outputs = registry.up()
    assert outputs["endpoint"] == f"https://127.0.0.1:{registry.port}"
    expect_guides_answers(outputs)
    registry.expect_settled()


def test_ecdsa_certificate_subject_and_names(new_registry: Factory) -> None:
    subject = {
        "country": "US",
        "state": "California",
        "locality": "San Jose",
        "organization": "Example Inc.",
        "organizationalUnit": "Platform",
        "email": "platform@example.com",
    }
    registry = new_registry(
        hostname="registry.example.com",
        ipAddresses=["10.1.2.3"],
        tls={
            "algorithm": "ecdsa-p256",
            "subject": subject,
            "sans": ["*.example.org"],
            "validityDays": 60,
        },
    )
    outputs = registry.up()
    expect_guides_answers(outputs)
    certificate = x509.load_der_x509_certificate(served(registry.port))
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    names = {attribute.rfc4514_attribute_name: attribute.value for attribute in certificate.subject}
    assert names == {
        "C": "US",
        "ST": "California",
        "L": "San Jose",
        "O": "Example Inc.",
        "OU": "Platform",
        "CN": "registry.example.com",
        "1.2.840.113549.1.9.1": "platform@example.com",
    }
    sans = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert sans.get_values_for_type(x509.DNSName) == ["registry.example.com", "*.example.org"]
    assert [str(address) for address in sans.get_values_for_type(x509.IPAddress)] == ["10.1.2.3"]
    assert outputs["certificateFingerprint"] == hashlib.sha256(served(registry.port)).hexdigest()
    assert outputs["certificateNotAfter"] == f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 60
    registry.expect_settled()


def test_http_mode_warns(new_registry: Factory) -> None:
    registry = new_registry(tls={"mode": "off"})
    outputs = registry.up()
    assert outputs["endpoint"] == f"http://localhost:{registry.port}"
    assert (
        outputs["caCertificate"],
        outputs["certificateFingerprint"],
        outputs["certificateNotAfter"],
    ) == ("", "", "")
    assert outputs["cliLogin"] == f"spectro registry login --insecure localhost:{registry.port}"
    assert (
        "warning: tls.mode is off: passwords and packs cross the network unencrypted"
        in registry.said
    )
    expect_contract(
        inspect(registry.stack_name), name=registry.stack_name, port=registry.port, https=False
    )
    expect_guides_answers(outputs)
    expect_roles(outputs)
    registry.expect_settled()


def test_provided_chain(new_registry: Factory) -> None:
    chain = issue_chain("registry.example.com")
    tls = {
        "mode": "provided",
        "certificatePem": chain.leaf.certificate_pem + chain.intermediate.certificate_pem,
        "privateKeyPem": chain.leaf.key_pem,
    }
    registry = new_registry(hostname="registry.example.com", tls=tls)
    outputs = registry.up()
    assert outputs["caCertificate"] == chain.intermediate.certificate_pem, (
        "clients trust its issuer"
    )
    assert (
        outputs["certificateFingerprint"]
        == chain.leaf.fingerprint
        == hashlib.sha256(served(registry.port)).hexdigest()
    )
    expect_guides_answers(outputs)
    registry.expect_settled()


def test_packs_in_host_directory(new_registry: Factory, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    registry = new_registry(storage={"kind": "path", "path": str(packs)}, hostname="127.0.0.1")
    outputs = registry.up()
    assert outputs["dataVolume"] == str(packs)
    Client.of(outputs, "admin").push("packs/on-the-host", b"a pack")
    assert any(path.is_file() for path in packs.rglob("data")), "packs are files in the directory"
    registry.down()
    assert registry.containers() == set()
    assert any(path.is_file() for path in packs.rglob("data")), "a host directory is never removed"
