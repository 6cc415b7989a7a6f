"""A provided certificate and key, as texts and as outputs that are only known while the update runs."""

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
def alone() -> Issued:
    return issue(HOSTNAME, [HOSTNAME])


@pytest.fixture(scope="module")
def chain() -> Chain:
    return issue_chain(HOSTNAME)


def provided(certificate_pem: Any, private_key_pem: Any) -> dict[str, Any]:
    return {"mode": "provided", "certificatePem": certificate_pem, "privateKeyPem": private_key_pem}


def declare_late(certificate_pem: str, private_key_pem: str) -> Run:
    """Declare with outputs in place of texts."""

    def program() -> dict[str, pulumi.Output[Any]]:
        tls = provided(
            pulumi.Output.from_input(certificate_pem), pulumi.Output.secret(private_key_pem)
        )
        return PackRegistry("registry", arguments_of({"tls": tls})).outputs

    return run(Recorder(served()), program)


@pytest.mark.parametrize("late", [False, True], ids=["texts", "outputs"])
def test_a_certificate_of_ones_own_is_served_as_it_is(chain: Chain, late: bool) -> None:
    made = (
        declare_late(chain.pem, chain.leaf.key_pem)
        if late
        else declare(tls=provided(chain.pem, chain.leaf.key_pem))
    )
    files = uploads(made)
    assert files["/config/tls.crt"]["content"] == chain.pem, (
        "the server shows the issuers too, or clients can't build the chain"
    )
    assert files["/config/tls.key"]["content"] == chain.leaf.key_pem, (
        "the key must be the certificate's"
    )
    assert "uploads" in made.resources["registry-certificate-writer"].secret_inputs, (
        "the state keeps what is not secret in plain text"
    )
    assert not any(resource.typ.startswith("tls:") for resource in made.resources.values()), (
        "nothing is to be generated"
    )


@pytest.mark.parametrize("late", [False, True], ids=["texts", "outputs"])
def test_clients_trust_the_issuers_of_a_chain(chain: Chain, late: bool) -> None:
    made = (
        declare_late(chain.pem, chain.leaf.key_pem)
        if late
        else declare(tls=provided(chain.pem, chain.leaf.key_pem))
    )
    assert (
        made.outputs["caCertificate"]
        == chain.intermediate.certificate_pem + chain.root.certificate_pem
    ), "who trusts the issuers need not change anything when the certificate is renewed"
    assert made.outputs["certificateFingerprint"] == chain.leaf.fingerprint, (
        "the fingerprint is the server's own certificate's"
    )
    expected = chain.leaf.certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert made.outputs["certificateNotAfter"] == expected, (
        "RFC 3339, of the server's own certificate"
    )
    public = {"caCertificate", "certificateFingerprint", "certificateNotAfter"}
    assert not public & made.secret_outputs, "a secret key beside them must not make them secret"


def test_clients_trust_a_certificate_that_stands_alone(alone: Issued) -> None:
    made = declare(tls=provided(alone.certificate_pem, alone.key_pem))
    assert made.outputs["caCertificate"] == alone.certificate_pem, "there is nothing else to trust"


def test_text_around_the_blocks_is_served_but_not_exported(alone: Issued) -> None:
    made = declare(
        tls=provided(
            f"subject=CN={HOSTNAME}\r\n{alone.certificate_pem}".replace("\n", "\r\n"), alone.key_pem
        )
    )
    exported = x509.load_pem_x509_certificates(made.outputs["caCertificate"].encode())
    assert exported == [alone.certificate], (
        "`openssl x509 -text` and Windows's line ends are common"
    )
    assert made.outputs["certificateFingerprint"] == alone.fingerprint, (
        "the fingerprint is the DER form's, whatever the text looks like"
    )


def test_the_wildcard_of_a_certificate_stands_for_the_hostname() -> None:
    wildcard = issue("*.example.com", ["*.example.com"])
    made = declare(tls=provided(wildcard.certificate_pem, wildcard.key_pem))
    assert made.outputs["certificateFingerprint"] == wildcard.fingerprint, (
        "RFC 9525, 6.3: a wildcard stands for one label"
    )


def test_a_certificate_for_an_address_serves_that_address() -> None:
    by_address = issue("registry", ["10.10.0.5", "fd00::5"])
    for hostname in ("10.10.0.5", "fd00::5", "FD00:0::5"):
        made = declare(
            hostname=hostname, tls=provided(by_address.certificate_pem, by_address.key_pem)
        )
        assert made.outputs["certificateFingerprint"] == by_address.fingerprint, (
            f"the certificate names {hostname}"
        )


def test_an_output_that_fits_the_key_but_not_the_hostname_stops_the_update() -> None:
    other = issue("other.example.com", ["other.example.com"])
    with pytest.raises(pulumi.RunError) as raised:
        declare_late(other.certificate_pem, other.key_pem)
    assert "tls.certificatePem" in str(raised.value), "the sentence names the setting"
    assert HOSTNAME in str(raised.value), "the sentence names the host"


def test_an_output_with_a_key_of_another_certificate_stops_the_update(alone: Issued) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        declare_late(alone.certificate_pem, served().key_pem)
    assert str(raised.value) == (
        f"tls.privateKeyPem: the key does not belong to the first certificate (CN={HOSTNAME}); give the key that it was issued for"
    ), "the server would not start with it"


def test_an_output_that_has_expired_stops_the_update() -> None:
    old = issue(
        HOSTNAME, [HOSTNAME], begins=datetime.timedelta(days=-9), ends=datetime.timedelta(days=-2)
    )
    with pytest.raises(pulumi.RunError, match="expired on"):
        declare_late(old.certificate_pem, old.key_pem)


@pytest.mark.parametrize(
    "texts",
    [
        ("garbage", "MARKER-of-a-secret"),
        ("", ""),
        ("-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----"),
    ],
)
def test_an_output_that_is_no_pem_stops_the_update_without_being_shown(
    texts: tuple[str, str],
) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        declare_late(*texts)
    assert "tls.certificatePem: " in str(raised.value), "both faults are told at once"
    assert "tls.privateKeyPem: " in str(raised.value), "both faults are told at once"
    assert "MARKER" not in str(raised.value), "a private key is never shown"


def test_a_text_beside_an_output_is_checked_when_both_are_known(alone: Issued) -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        tls = provided(alone.certificate_pem, pulumi.Output.secret(served().key_pem))
        return PackRegistry("registry", arguments_of({"tls": tls})).outputs

    with pytest.raises(pulumi.RunError, match="does not belong to the first certificate"):
        run(Recorder(served()), program)


@pytest.mark.parametrize("verify", [True, False])
def test_a_client_pair_that_is_an_output_and_does_not_fit_stops_the_update(verify: bool) -> None:
    authority = issue("Clients' Root", ca=True)
    client, other = issue("prober", issuer=authority), issue("other", issuer=authority)

    def program(private_key_pem: str) -> dict[str, pulumi.Output[Any]]:
        pair = {
            "clientCertificatePem": pulumi.Output.from_input(client.certificate_pem),
            "clientPrivateKeyPem": pulumi.Output.secret(private_key_pem),
        }
        tls = {"clientCas": [authority.certificate_pem], **pair}
        return PackRegistry("registry", arguments_of({"verify": verify, "tls": tls})).outputs

    with pytest.raises(pulumi.RunError) as raised:
        run(Recorder(served()), lambda: program(other.key_pem))
    assert str(raised.value) == (
        "tls.clientPrivateKeyPem: the key does not belong to the first certificate (CN=prober); give the key that it was issued for"
    ), "OpenSSL's own words for it name no setting"
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
        [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE],
    ],
)
def test_every_key_that_clients_take_is_served(
    key: PrivateKey, uses: list[x509.ObjectIdentifier]
) -> None:
    issued = issue(HOSTNAME, [HOSTNAME], key=key, uses=uses)
    made = declare(tls=provided(issued.certificate_pem, issued.key_pem))
    assert made.outputs["certificateFingerprint"] == issued.fingerprint
