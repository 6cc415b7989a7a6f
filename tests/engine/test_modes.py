"""Every way to serve: by IP address, in plain HTTP, with a provided certificate, with an ECDSA key, from a directory."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.engine.conftest import Factory
from tests.support.certificates import issue
from tests.support.docker import container_names, inspect
from tests.support.registry import Client, expect_contract, expect_guides_answers, expect_roles


def test_an_ip_address_as_hostname_is_verified_over_tls_by_ip(registry: Factory) -> None:
    made = registry(hostname="127.0.0.1")
    outputs = made.up()
    assert outputs["endpoint"] == f"https://127.0.0.1:{made.port}"
    expect_guides_answers(outputs)
    made.expect_no_changes()


def test_an_ecdsa_certificate_is_served_with_its_subject_and_names(registry: Factory) -> None:
    subject = {
        "country": "US",
        "state": "California",
        "locality": "San Jose",
        "organization": "Example Inc.",
        "organizationalUnit": "Platform",
        "email": "platform@example.com",
    }
    made = registry(
        hostname="registry.example.com",
        ipAddresses=["10.1.2.3"],
        tls={"algorithm": "ecdsa-p256", "subject": subject, "sans": ["*.example.org"], "validityDays": 60},
    )
    outputs = made.up()
    expect_guides_answers(outputs)
    served = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", made.port)))
    certificate = x509.load_der_x509_certificate(served)
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
    assert outputs["certificateFingerprint"] == hashlib.sha256(served).hexdigest()
    assert outputs["certificateNotAfter"] == f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 60
    made.expect_no_changes(refresh=True)


def test_http_mode_works_and_says_what_it_costs(registry: Factory) -> None:
    made = registry(tls={"mode": "off"})
    result = made.stack.up(color="never")
    outputs = {name: output.value for name, output in result.outputs.items()}
    assert outputs["endpoint"] == f"http://localhost:{made.port}"
    assert (outputs["caCertificate"], outputs["certificateFingerprint"], outputs["certificateNotAfter"]) == ("", "", "")
    assert outputs["cliLogin"] == f"spectro registry login --insecure localhost:{made.port}"
    assert "warning: tls.mode is off: passwords and packs cross the network unencrypted" in result.stdout
    expect_contract(inspect(made.stack_name), name=made.stack_name, port=made.port, https=False)
    expect_guides_answers(outputs)
    expect_roles(outputs)
    made.expect_no_changes()


def test_a_provided_chain_is_served_and_its_replacement_replaces_the_container(registry: Factory) -> None:
    root = issue("Example Root", ca=True)
    authority = issue("Example Issuing CA", issuer=root, ca=True)
    first, second = (issue("registry.example.com", ["registry.example.com"], authority) for _ in range(2))

    def tls(leaf: object) -> dict[str, str]:
        return {
            "mode": "provided",
            "certificatePem": leaf.certificate_pem + authority.certificate_pem,  # type: ignore[attr-defined]
            "privateKeyPem": leaf.key_pem,  # type: ignore[attr-defined]
        }

    made = registry(hostname="registry.example.com", tls=tls(first))
    outputs = made.up()
    assert outputs["caCertificate"] == authority.certificate_pem
    expect_guides_answers(outputs)
    made.expect_no_changes()

    container, password = inspect(made.stack_name)["Id"], outputs["adminPassword"]
    made.write(tls=tls(second))
    outputs = made.up()
    assert inspect(made.stack_name)["Id"] != container, "the server reads its certificate once, so it needs a new container"
    assert outputs["adminPassword"] == password
    served = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", made.port)))
    assert outputs["certificateFingerprint"] == hashlib.sha256(served).hexdigest()
    expect_guides_answers(outputs)


def test_packs_are_kept_in_a_directory_of_the_host(registry: Factory, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    made = registry(storage={"kind": "path", "path": str(packs)}, hostname="127.0.0.1")
    # A directory below the system's temporary one is an odd place, but an allowed one.
    outputs = made.up()
    assert outputs["dataVolume"] == str(packs)
    Client.of(outputs, "admin").push("packs/on-the-host", b"a pack")
    assert any(path.is_file() for path in packs.rglob("data")), "packs are files of the directory"
    made.stack.destroy()
    assert container_names(made.stack_name) == set()
    assert any(path.is_file() for path in packs.rglob("data")), "a directory of the host is never removed"
