"""A provided certificate and key, as strings and as outputs."""

from __future__ import annotations

import datetime
from typing import Any

import pulumi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID

from components.pack_registry import PackRegistry
from tests.support.certificates import Chain, Issued, PrivateKey, issue, issue_chain
from tests.support.component import HOSTNAME, arguments_of, declare, served, uploads
from tests.support.recording import Recorder, Run, run


@pytest.fixture(scope="module")
def single() -> Issued:
    return issue(HOSTNAME, [HOSTNAME])


@pytest.fixture(scope="module")
def chain() -> Chain:
    return issue_chain(HOSTNAME)


def provided(certificate_pem: Any, private_key_pem: Any) -> dict[str, Any]:
    return {"mode": "provided", "certificatePem": certificate_pem, "privateKeyPem": private_key_pem}


def declare_late(certificate_pem: str, private_key_pem: str) -> Run:
    """Declare with outputs in place of strings."""

    def program() -> dict[str, pulumi.Output[Any]]:
        tls = provided(
            pulumi.Output.from_input(certificate_pem), pulumi.Output.secret(private_key_pem)
        )
        return PackRegistry("registry", arguments_of({"tls": tls})).outputs

    return run(Recorder(served()), program)


@pytest.mark.parametrize("late", [False, True], ids=["strings", "outputs"])
def test_certificate_is_served_unchanged(chain: Chain, late: bool) -> None:
    made = (
        declare_late(chain.pem, chain.leaf.key_pem)
        if late
        else declare(tls=provided(chain.pem, chain.leaf.key_pem))
    )
    files = uploads(made)
    assert files["/config/tls.crt"]["content"] == chain.pem, (
        "clients need the issuers to build the chain"
    )
    assert files["/config/tls.key"]["content"] == chain.leaf.key_pem, (
        "the key must match the certificate"
    )
    assert "uploads" in made.resources["registry-certificate-writer"].secret_inputs, (
        "the state keeps other values in plain text"
    )
    assert not any(resource.typ.startswith("tls:") for resource in made.resources.values()), (
        "nothing must be generated"
    )


@pytest.mark.parametrize("late", [False, True], ids=["strings", "outputs"])
def test_clients_trust_issuers_of_chain(chain: Chain, late: bool) -> None:
    made = (
        declare_late(chain.pem, chain.leaf.key_pem)
        if late
        else declare(tls=provided(chain.pem, chain.leaf.key_pem))
    )
    assert (
        made.outputs["caCertificate"]
        == chain.intermediate.certificate_pem + chain.root.certificate_pem
    ), "a renewed certificate from the same issuers stays trusted"
    assert made.outputs["certificateFingerprint"] == chain.leaf.fingerprint, (
        "the fingerprint is that of the server certificate"
    )
    expected = chain.leaf.certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert made.outputs["certificateNotAfter"] == expected, "RFC 3339, of the server certificate"
    public = {"caCertificate", "certificateFingerprint", "certificateNotAfter"}
    assert not public & made.secret_outputs, "the secret key must not make them secret"


def test_clients_trust_single_certificate(single: Issued) -> None:
    made = declare(tls=provided(single.certificate_pem, single.key_pem))
    assert made.outputs["caCertificate"] == single.certificate_pem, "it has no issuers"


def test_text_around_certificate_is_not_exported(single: Issued) -> None:
    made = declare(
        tls=provided(
            f"subject=CN={HOSTNAME}\r\n{single.certificate_pem}".replace("\n", "\r\n"),
            single.key_pem,
        )
    )
    exported = x509.load_pem_x509_certificates(made.outputs["caCertificate"].encode())
    assert exported == [single.certificate], (
        "`openssl x509 -text` and Windows line endings are common"
    )
    assert made.outputs["certificateFingerprint"] == single.fingerprint, (
        "the fingerprint is that of the DER form"
    )


def test_wildcard_covers_hostname() -> None:
    wildcard = issue("*.example.com", ["*.example.com"])
    made = declare(tls=provided(wildcard.certificate_pem, wildcard.key_pem))
    assert made.outputs["certificateFingerprint"] == wildcard.fingerprint, (
        "a wildcard covers one label (RFC 9525, 6.3)"
    )


def test_ip_address_in_certificate() -> None:
    by_address = issue("registry", ["10.10.0.5", "fd00::5"])
    for hostname in ("10.10.0.5", "fd00::5", "FD00:0::5"):
        made = declare(
            hostname=hostname, tls=provided(by_address.certificate_pem, by_address.key_pem)
        )
        assert made.outputs["certificateFingerprint"] == by_address.fingerprint, (
            f"the certificate includes {hostname}"
        )


def test_output_for_other_hostname_fails() -> None:
    other = issue("other.example.com", ["other.example.com"])
    with pytest.raises(pulumi.RunError) as raised:
        declare_late(other.certificate_pem, other.key_pem)
    assert "tls.certificatePem" in str(raised.value), "the message names the setting"
    assert HOSTNAME in str(raised.value), "the message names the hostname"


def test_output_with_other_key_fails(single: Issued) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        declare_late(single.certificate_pem, served().key_pem)
    assert str(raised.value) == (
        f"tls.privateKeyPem: the key does not match the first certificate (CN={HOSTNAME}). "
        "Set the key that belongs to this certificate."
    ), "the server would not start"


def test_expired_output_fails() -> None:
    old = issue(
        HOSTNAME, [HOSTNAME], begins=datetime.timedelta(days=-9), ends=datetime.timedelta(days=-2)
    )
    with pytest.raises(pulumi.RunError, match="expired on"):
        declare_late(old.certificate_pem, old.key_pem)


@pytest.mark.parametrize(
    "pems",
    [
        ("garbage", "MARKER-of-a-secret"),
        ("", ""),
        ("-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----"),
    ],
)
def test_invalid_output_is_not_shown(pems: tuple[str, str]) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        declare_late(*pems)
    assert "tls.certificatePem: " in str(raised.value), "both problems are reported at once"
    assert "tls.privateKeyPem: " in str(raised.value), "both problems are reported at once"
    assert "MARKER" not in str(raised.value), "a private key is never shown"


def test_string_with_output_is_checked(single: Issued) -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        tls = provided(single.certificate_pem, pulumi.Output.secret(served().key_pem))
        return PackRegistry("registry", arguments_of({"tls": tls})).outputs

    with pytest.raises(pulumi.RunError, match="does not match the first certificate"):
        run(Recorder(served()), program)


@pytest.mark.parametrize("verify", [True, False])
def test_client_output_with_other_key_fails(verify: bool) -> None:
    ca = issue("Clients' Root", ca=True)
    client, other = issue("prober", issuer=ca), issue("other", issuer=ca)

    def program(private_key_pem: str) -> dict[str, pulumi.Output[Any]]:
        pair = {
            "clientCertificatePem": pulumi.Output.from_input(client.certificate_pem),
            "clientPrivateKeyPem": pulumi.Output.secret(private_key_pem),
        }
        tls = {"clientCas": [ca.certificate_pem], **pair}
        return PackRegistry("registry", arguments_of({"verify": verify, "tls": tls})).outputs

    with pytest.raises(pulumi.RunError) as raised:
        run(Recorder(served()), lambda: program(other.key_pem))
    assert str(raised.value) == (
        "tls.clientPrivateKeyPem: the key does not match the first certificate (CN=prober). "
        "Set the key that belongs to this certificate."
    ), "OpenSSL's message does not name the setting"
    assert (
        run(Recorder(served()), lambda: program(client.key_pem)).outputs["consoleRegistration"][
            "clientKey"
        ]
        == client.key_pem
    )


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
        Ed25519PrivateKey.generate(),
    ],
    ids=["RSA", "P-384", "P-521", "Ed25519"],
)
@pytest.mark.parametrize(
    "uses",
    [
        [],
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH],
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE],
    ],
)
def test_supported_keys_and_usages(key: PrivateKey, uses: list[x509.ObjectIdentifier]) -> None:
    issued = issue(HOSTNAME, [HOSTNAME], key=key, uses=uses)
    made = declare(tls=provided(issued.certificate_pem, issued.key_pem))
    assert made.outputs["certificateFingerprint"] == issued.fingerprint
