"""The self-signed certificate: its key, its names, its life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.component import HOSTNAME, container, declare, served, uploads
from tests.support.recording import Run


def request(run: Run) -> dict[str, Any]:
    """What is asked of the certificate's provider."""
    return run.resources["registry-certificate"].inputs


def test_the_key_is_rsa_4096_by_default(default: Run) -> None:
    key = default.resources["registry-key"].inputs
    assert key == {"algorithm": "RSA", "rsaBits": 4096}, (
        "the guide makes it with openssl's rsa:4096"
    )
    assert request(default)["allowedUses"] == [
        "digital_signature",
        "key_encipherment",
        "server_auth",
    ], "RSA may be used for key transport"


def test_an_ecdsa_key_comes_without_key_encipherment() -> None:
    run = declare(tls={"algorithm": "ecdsa-p256"})
    assert run.resources["registry-key"].inputs == {"algorithm": "ECDSA", "ecdsaCurve": "P256"}, (
        "the provider's default curve is P224"
    )
    assert request(run)["allowedUses"] == ["digital_signature", "server_auth"], (
        "RFC 5480, 3: an ECDSA key can't encipher keys"
    )


def test_it_is_valid_for_1825_days_and_renewed_in_the_last_30(default: Run) -> None:
    assert request(default)["validityPeriodHours"] == 1825 * 24, "the guide's -days 1825"
    assert request(default)["earlyRenewalHours"] == 30 * 24, "an update in the last month renews it"


@pytest.mark.parametrize(
    ("days", "renewal"),
    [(825, 30), (90, 30), (89, 29), (30, 10), (3, 1), (1, 0), (3650, 30)],
)
def test_a_short_life_is_renewed_in_its_last_third(days: int, renewal: int) -> None:
    asked = request(declare(tls={"validityDays": days}))
    assert (asked["validityPeriodHours"], asked["earlyRenewalHours"]) == (
        days * 24,
        renewal * 24,
    ), "with a renewal as long as the validity every update would make a new certificate"


def test_the_subject_is_the_hostname_alone_by_default(default: Run) -> None:
    assert request(default)["subject"] == {"commonName": HOSTNAME}, (
        "an empty part must be left out, not written as an empty text"
    )


def test_the_subject_takes_all_that_the_guide_asks_for() -> None:
    subject = {
        "country": "us",
        "state": "California",
        "locality": "San Jose",
        "organization": "Example Inc.",
        "organizationalUnit": "Platform",
        "email": "platform@example.com",
    }
    assert request(declare(tls={"subject": subject}))["subject"] == {
        "commonName": HOSTNAME,
        "country": "US",
        "province": "California",
        "locality": "San Jose",
        "organization": "Example Inc.",
        "organizationalUnit": "Platform",
        "emailAddress": "platform@example.com",
    }, "C, ST, L, O, OU, CN and emailAddress are the guide's"


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
def test_every_name_is_a_san_of_its_kind_and_there_once(
    settings: dict[str, Any], dns: list[str], addresses: list[str]
) -> None:
    asked = request(declare(**settings))
    assert asked["dnsNames"] == dns, "clients compare the host that they ask for with the DNS names"
    assert asked["ipAddresses"] == addresses, (
        'an IP literal must be an IP SAN, or clients say "doesn\'t contain any IP SANs"'
    )


def test_the_key_reaches_certificate_and_server_as_a_secret(default: Run) -> None:
    assert "privateKeyPem" in default.resources["registry-certificate"].secret_inputs, (
        "the state keeps what is not secret in plain text"
    )
    assert "uploads" in default.resources["registry-certificate-writer"].secret_inputs, (
        "the state keeps what is not secret in plain text"
    )


def test_the_server_gets_the_key_and_the_certificate_that_were_made(default: Run) -> None:
    files = uploads(default)
    assert files["/config/tls.crt"]["content"] == served().certificate_pem, (
        "the server shows this certificate"
    )
    assert files["/config/tls.key"]["content"] == served().key_pem, (
        "the key must be the certificate's"
    )


def test_clients_are_given_the_certificate_its_fingerprint_and_its_end(default: Run) -> None:
    assert default.outputs["caCertificate"] == served().certificate_pem, (
        "a self-signed certificate is its own trust anchor"
    )
    assert default.outputs["certificateFingerprint"] == served().fingerprint, (
        "it must be what `openssl x509 -fingerprint -sha256` shows, in hex"
    )
    assert default.outputs["certificateNotAfter"] == "2031-11-22T00:00:00Z", (
        "the provider knows when it ends"
    )


def test_nothing_of_the_certificate_is_secret(default: Run) -> None:
    public = {"caCertificate", "certificateFingerprint", "certificateNotAfter"}
    assert not public & default.secret_outputs, "clients need them, and a secret would be masked"
    assert "labels" not in container(default).secret_inputs, (
        "a secret fingerprint would hide all labels in previews"
    )
