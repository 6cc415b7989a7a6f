"""The self-signed certificate: key, names, validity."""

from __future__ import annotations

from typing import Any

import pytest

from components.tls.generated import in_utc
from tests.support.component import HOSTNAME, container, declared, served, uploads
from tests.support.recording import Run


def request(run: Run) -> dict[str, Any]:
    """Return the inputs of the certificate resource."""
    return run.resources["registry-certificate"].inputs


def test_default_key_is_rsa_4096(default: Run) -> None:
    key = default.resources["registry-key"].inputs
    assert key == {"algorithm": "RSA", "rsaBits": 4096}, (
        "Palette's guide uses openssl with rsa:4096"
    )
    assert request(default)["allowedUses"] == [
        "digital_signature",
        "key_encipherment",
        "server_auth",
    ], "RSA keys can be used for key transport"


def test_ecdsa_has_no_key_encipherment() -> None:
    run = declared(tls={"algorithm": "ecdsa-p256"})
    assert run.resources["registry-key"].inputs == {"algorithm": "ECDSA", "ecdsaCurve": "P256"}, (
        "the provider's default curve is P224"
    )
    assert request(run)["allowedUses"] == ["digital_signature", "server_auth"], (
        "ECDSA keys can't encipher (RFC 5480, 3)"
    )


def test_default_validity_and_renewal(default: Run) -> None:
    assert request(default)["validityPeriodHours"] == 1825 * 24, "Palette's guide uses -days 1825"
    assert request(default)["earlyRenewalHours"] == 30 * 24, (
        "an update in the last 30 days renews it"
    )


@pytest.mark.parametrize(
    ("days", "renewal"),
    [(825, 30), (90, 30), (89, 29), (30, 10), (3, 1), (1, 0), (3650, 30)],
)
def test_short_validity_renews_in_last_third(days: int, renewal: int) -> None:
    asked = request(declared(tls={"validityDays": days}))
    assert (asked["validityPeriodHours"], asked["earlyRenewalHours"]) == (
        days * 24,
        renewal * 24,
    ), "otherwise every update would renew the certificate"


def test_default_subject_is_hostname(default: Run) -> None:
    assert request(default)["subject"] == {"commonName": HOSTNAME}, "empty parts must be omitted"


def test_full_subject() -> None:
    subject = {
        "country": "us",
        "state": "California",
        "locality": "San Jose",
        "organization": "Example Inc.",
        "organizationalUnit": "Platform",
        "email": "platform@example.com",
    }
    assert request(declared(tls={"subject": subject}))["subject"] == {
        "commonName": HOSTNAME,
        "country": "US",
        "province": "California",
        "locality": "San Jose",
        "organization": "Example Inc.",
        "organizationalUnit": "Platform",
        "emailAddress": "platform@example.com",
    }, "Palette's guide asks for C, ST, L, O, OU, CN and emailAddress"


@pytest.mark.parametrize(
    ("settings", "dns", "addresses"),
    [
        ({}, [HOSTNAME], []),
        ({"hostname": "10.10.0.5"}, [], ["10.10.0.5"]),
        ({"hostname": "FD00::0005"}, [], ["fd00::5"]),
        ({"hostname": "Registry.Example.COM"}, [HOSTNAME], []),
        ({"ipAddresses": ["10.10.0.5", "::1"]}, [HOSTNAME], ["10.10.0.5", "::1"]),
        (
            {"tls": {"sans": ["registry.internal", "10.10.0.6", "*.packs.internal"]}},
            [HOSTNAME, "registry.internal", "*.packs.internal"],
            ["10.10.0.6"],
        ),
        (
            {
                "tls": {"sans": [HOSTNAME, "REGISTRY.internal", "registry.internal", "10.0.0.1"]},
                "ipAddresses": ["10.0.0.1", "0:0::1", "::1"],
            },
            [HOSTNAME, "registry.internal"],
            ["10.0.0.1", "::1"],
        ),
        (
            {"hostname": "10.0.0.1", "ipAddresses": ["10.0.0.1"], "tls": {"sans": ["10.0.0.1"]}},
            [],
            ["10.0.0.1"],
        ),
    ],
)
def test_sans_are_unique_and_typed(
    settings: dict[str, Any], dns: list[str], addresses: list[str]
) -> None:
    asked = request(declared(**settings))
    assert asked["dnsNames"] == dns, "clients compare the hostname with the DNS names"
    assert asked["ipAddresses"] == addresses, "clients compare an IP address only with the IP SANs"


def test_key_is_secret(default: Run) -> None:
    assert "privateKeyPem" in default.resources["registry-certificate"].secret_inputs, (
        "the state keeps other values in plain text"
    )
    assert "uploads" in default.resources["registry-certificate-writer"].secret_inputs, (
        "the state keeps other values in plain text"
    )


def test_server_gets_certificate_and_key(default: Run) -> None:
    files = uploads(default)
    assert files["/config/tls.crt"]["content"] == served().certificate_pem, (
        "the server presents this certificate"
    )
    assert files["/config/tls.key"]["content"] == served().key_pem, (
        "the key must match the certificate"
    )


def test_certificate_outputs(default: Run) -> None:
    assert default.outputs["caCertificate"] == served().certificate_pem, (
        "a self-signed certificate is its own trust anchor"
    )
    assert default.outputs["certificateFingerprint"] == served().fingerprint, (
        "as `openssl x509 -fingerprint -sha256` prints it, without colons"
    )
    assert default.outputs["certificateNotAfter"] == "2031-11-22T00:00:00Z", (
        "the provider returns the end of the validity"
    )


def test_certificate_outputs_are_not_secret(default: Run) -> None:
    public = {"caCertificate", "certificateFingerprint", "certificateNotAfter"}
    assert not public & default.secret_outputs, (
        "Pulumi masks secret outputs, but clients need these"
    )
    assert "labels" not in container(default).secret_inputs, (
        "a secret fingerprint hides all labels in previews"
    )


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("2031-11-22T00:00:00Z", "2031-11-22T00:00:00Z"),
        ("2031-11-25T15:42:33.123456789+14:00", "2031-11-25T01:42:33Z"),
        ("2031-11-24T14:42:33-11:00", "2031-11-25T01:42:33Z"),
        ("2031-02-28T23:30:00.5-01:00", "2031-03-01T00:30:00Z"),
    ],
)
def test_end_of_validity_in_any_time_zone(timestamp: str, expected: str) -> None:
    """The provider writes the time of the machine that runs the update (TZ)."""
    assert in_utc(timestamp) == expected
