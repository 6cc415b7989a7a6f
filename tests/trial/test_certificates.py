"""Keys and certificates of the trial's `tls` provider."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from trial.providers.tls import (
    PrivateKey,
    SelfSignedCert,
    create_private_key,
    create_self_signed_certificate,
)


def key_pem(**inputs: Any) -> str:
    return str(
        create_private_key(
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
        create_self_signed_certificate(SelfSignedCert.model_validate(inputs))
        .outputs["certPem"]
        .encode()
    )


@pytest.mark.parametrize(
    ("inputs", "key_type", "size"),
    [
        ({"algorithm": "RSA", "rsaBits": 2048.0}, rsa.RSAPrivateKey, 2048),
        ({"algorithm": "RSA", "rsaBits": 4096.0}, rsa.RSAPrivateKey, 4096),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P256"}, ec.EllipticCurvePrivateKey, 256),
    ],
)
def test_key_type_and_size(inputs: dict[str, Any], key_type: type, size: int) -> None:
    created = create_private_key(PrivateKey.model_validate(inputs))
    keys = [
        serialization.load_pem_private_key(created.outputs[name].encode(), None)
        for name in ("privateKeyPem", "privateKeyPemPkcs8")
    ]
    for key in keys:
        assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        assert isinstance(key, key_type)
        assert key.key_size == size
    public = (
        keys[0]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    assert created.outputs["publicKeyPem"] == public.decode()
    assert created.secret == {"privateKeyPem", "privateKeyPemPkcs8"}


def test_certificate_is_self_signed() -> None:
    issued = certificate()
    issued.verify_directly_issued_by(issued)
    assert isinstance(issued.signature_hash_algorithm, hashes.SHA256)
    assert issued.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_subject_attributes_in_order() -> None:
    subject = {
        "commonName": "registry.example.com",
        "country": "US",
        "province": "California",
        "locality": "San Jose",
        "organization": "Example Inc.",
        "organizationalUnit": "Platform",
        "emailAddress": "platform@example.com",
    }
    names = {x509.NameOID.EMAIL_ADDRESS: "E"}
    assert certificate(subject=subject).subject.rfc4514_string(names) == (
        "E=platform@example.com,CN=registry.example.com,ST=California,L=San Jose,OU=Platform,"
        "O=Example Inc.,C=US"
    )


def test_names_and_addresses_have_own_types() -> None:
    issued = certificate(
        dnsNames=["registry.example.com", "*.example.org"], ipAddresses=["10.1.2.3", "::1"]
    )
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
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
def test_key_usages(uses: list[str]) -> None:
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
def test_subject_key_identifier_is_optional(wanted: bool) -> None:
    issued = certificate(setSubjectKeyId=wanted)
    found = [
        extension.value
        for extension in issued.extensions
        if isinstance(extension.value, x509.SubjectKeyIdentifier)
    ]
    assert found == (
        [x509.SubjectKeyIdentifier.from_public_key(issued.public_key())] if wanted else []
    )


def test_validity_starts_now() -> None:
    issued = certificate(validityPeriodHours=60.0)
    assert issued.not_valid_after_utc - issued.not_valid_before_utc == datetime.timedelta(hours=60)
    assert abs(
        issued.not_valid_before_utc - datetime.datetime.now(datetime.UTC)
    ) < datetime.timedelta(seconds=10)


def test_serial_numbers_differ() -> None:
    assert certificate().serial_number != certificate().serial_number
