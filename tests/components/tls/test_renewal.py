"""When a certificate changes, and what clients then need."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from components.settings import Tls
from components.tls.renewal import CertificateChange, next_change
from tests.support.certificates import issue

END = "2031-11-25T11:02:50Z"
UTC = datetime.UTC


def change(trusted: str = "", end: str = END, **tls: Any) -> CertificateChange | None:
    return next_change(Tls.model_validate(tls), end, trusted)


def ca(end: str) -> str:
    now = datetime.datetime.now(UTC)
    ends = datetime.datetime.fromisoformat(end).replace(tzinfo=UTC) - now
    return issue("CA", ca=True, ends=ends, now=now).certificate_pem


@pytest.mark.parametrize(
    ("tls", "day"),
    [
        ({}, "2031-10-26"),
        ({"earlyRenewalHours": 24}, "2031-11-24"),
        ({"earlyRenewalHours": 0}, "2031-11-25"),
        ({"validityDays": 30}, "2031-11-15"),
    ],
)
def test_self_signed(tls: dict[str, Any], day: str) -> None:
    found = change(**tls)
    assert found
    assert f"{found.time:%Y-%m-%d}" == day
    assert found.needs_action
    assert found.effect == (
        f"The first `{{up}}` on or after {day} replaces the self-signed certificate. Every client "
        "then needs the new caCertificate, which `{registration}` writes to a file. With tls.mode "
        "private-ca, clients need a new certificate only when the CA ends."
    )


def test_ca_outlives_next_certificate() -> None:
    found = change(ca("2037-01-01"), mode="private-ca", validityDays=1825)
    assert found
    assert not found.needs_action
    assert found.effect == (
        "The first `{up}` on or after 2031-10-26 renews the certificate. Clients need nothing: "
        "they trust the CA, which is valid until 2037-01-01."
    )


def test_ca_ends_before_next_certificate() -> None:
    found = change(ca("2036-10-01"), mode="private-ca", validityDays=1825)
    assert found
    assert found.needs_action
    assert found.effect == (
        "The first `{up}` on or after 2031-10-26 stops, because the renewed certificate would "
        "outlive the CA, which is valid until 2036-10-01. To renew the CA, change "
        "tls.ca.validityDays and run `{up}` before. Every client then needs the new caCertificate, "
        "which `{registration}` writes to a file. Or set tls.validityDays to fewer days."
    )


def test_first_ca_to_end_decides() -> None:
    chain = ca("2037-01-01") + ca("2036-10-01")
    found = change(chain, mode="private-ca", validityDays=1825)
    assert found
    assert found.needs_action


def test_provided_ca_ends() -> None:
    found = change(
        ca("2036-10-01"),
        mode="private-ca",
        validityDays=1825,
        ca={"certificatePem": "x", "privateKeyPem": "y"},
    )
    assert found
    assert "set tls.ca.certificatePem and tls.ca.privateKeyPem to the renewed CA" in found.effect


def test_provided() -> None:
    found = change(mode="provided")
    assert found
    assert found.time == found.end
    assert found.effect.format(up="make up").startswith(
        "The certificate is valid until 2031-11-25. Set tls.certificatePem and tls.privateKeyPem "
        "to a renewed one before, and run `make up`."
    )


@pytest.mark.parametrize("mode", ["letsencrypt", "secret", "off"])
def test_renewed_by_others(mode: str) -> None:
    assert change(mode=mode) is None


def test_unknown_end() -> None:
    assert change(end="") is None
