"""Keys and certificates, from the inputs that the program declares."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from trial.certificates import PrivateKey, SelfSignedCert, private_key, self_signed_certificate


def key_pem(**inputs: Any) -> str:
    return str(
        private_key(
            PrivateKey.model_validate(inputs or {"algorithm": "ECDSA", "ecdsaCurve": "P256"})
        ).outputs["privateKeyPem"]
    )


def certificate(**changes: Any) -> x509.Certificate:
    inputs = {
        "privateKeyPem": key_pem(),
        "subject": {"commonName": "registry.example.com"},
        "dnsNames": ["registry.example.com"],
        "validityPeriodHours": 48.0,
        "earlyRenewalHours": 16.0,
        "allowedUses": ["digital_signature", "server_auth"],
        "setSubjectKeyId": True,
        **changes,
    }
    return x509.load_pem_x509_certificate(
        self_signed_certificate(SelfSignedCert.model_validate(inputs)).outputs["certPem"].encode()
    )


@pytest.mark.parametrize(
    ("inputs", "kind", "size"),
    [
        ({"algorithm": "RSA", "rsaBits": 2048.0}, rsa.RSAPrivateKey, 2048),
        ({"algorithm": "RSA", "rsaBits": 4096.0}, rsa.RSAPrivateKey, 4096),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P256"}, ec.EllipticCurvePrivateKey, 256),
    ],
)
def test_a_key_is_of_the_declared_kind_and_size(
    inputs: dict[str, Any], kind: type, size: int
) -> None:
    made = private_key(PrivateKey.model_validate(inputs))
    keys = [
        serialization.load_pem_private_key(made.outputs[name].encode(), None)
        for name in ("privateKeyPem", "privateKeyPemPkcs8")
    ]
    for key in keys:
        assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        assert isinstance(key, kind)
        assert key.key_size == size
    public = (
        keys[0]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    assert made.outputs["publicKeyPem"] == public.decode()
    assert made.secret == {"privateKeyPem", "privateKeyPemPkcs8"}


def test_a_certificate_is_signed_by_its_own_key() -> None:
    made = certificate()
    made.verify_directly_issued_by(made)
    assert isinstance(made.signature_hash_algorithm, hashes.SHA256)
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_a_subject_has_all_its_parts_in_order() -> None:
    subject = {
        "commonName": "registry.example.com",
        "country": "US",
        "province": "California",
        "locality": "San Jose",
        "organization": "Example Inc.",
        "organizationalUnit": "Platform",
        "emailAddress": "platform@example.com",
    }
    assert (
        certificate(subject=subject).subject.rfc4514_string({x509.NameOID.EMAIL_ADDRESS: "E"})
        == "E=platform@example.com,CN=registry.example.com,ST=California,L=San Jose,OU=Platform,O=Example Inc.,C=US"
    )


def test_names_and_addresses_are_told_apart() -> None:
    made = certificate(
        dnsNames=["registry.example.com", "*.example.org"], ipAddresses=["10.1.2.3", "::1"]
    )
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["registry.example.com", "*.example.org"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == [
        "10.1.2.3",
        "::1",
    ]


@pytest.mark.parametrize(
    "uses",
    [
        ["digital_signature", "server_auth"],
        ["digital_signature", "key_encipherment", "server_auth"],
        ["key_encipherment"],
    ],
)
def test_key_usages_are_the_declared_ones(uses: list[str]) -> None:
    extensions = certificate(allowedUses=uses).extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.digital_signature, usage.value.key_encipherment) == (
        "digital_signature" in uses,
        "key_encipherment" in uses,
    )
    assert (usage.value.key_cert_sign, usage.value.data_encipherment) == (False, False)
    extended = [found for found in extensions if isinstance(found.value, x509.ExtendedKeyUsage)]
    assert [list(found.value) for found in extended] == (
        [[ExtendedKeyUsageOID.SERVER_AUTH]] if "server_auth" in uses else []
    )


@pytest.mark.parametrize("wanted", [True, False])
def test_the_subject_key_identifier_is_there_where_it_is_wanted(wanted: bool) -> None:
    made = certificate(setSubjectKeyId=wanted)
    found = [
        extension.value
        for extension in made.extensions
        if isinstance(extension.value, x509.SubjectKeyIdentifier)
    ]
    assert found == (
        [x509.SubjectKeyIdentifier.from_public_key(made.public_key())] if wanted else []
    )


def test_it_is_valid_from_now_for_the_declared_hours() -> None:
    made = certificate(validityPeriodHours=60.0)
    assert made.not_valid_after_utc - made.not_valid_before_utc == datetime.timedelta(hours=60)
    assert abs(
        made.not_valid_before_utc - datetime.datetime.now(datetime.UTC)
    ) < datetime.timedelta(seconds=10)


def test_no_two_have_the_same_serial_number() -> None:
    assert certificate().serial_number != certificate().serial_number
