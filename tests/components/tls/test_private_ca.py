"""A certificate from a private CA: the CA stays the same when other settings change."""

from __future__ import annotations

import datetime
from typing import Any

import pulumi
import pytest

from components.pack_registry import PackRegistry
from tests.support.certificates import Issued, issue
from tests.support.component import HOSTNAME, arguments_of, declare, served, uploads
from tests.support.recording import Recorder, Run, run


class Issuing(Recorder):
    """Returns a server certificate that expires on another day than its CA."""

    def __init__(self, ca: Issued, leaf: Issued) -> None:
        super().__init__(ca)
        self._leaf = leaf

    def answers(self, args: pulumi.runtime.MockResourceArgs) -> dict[str, Any]:
        answered = super().answers(args)
        is_leaf = args.typ == "tls:index/locallySignedCert:LocallySignedCert"
        return {**answered, "certPem": self._leaf.certificate_pem} if is_leaf else answered


@pytest.fixture(scope="module")
def ca() -> Issued:
    return issue("Test Root", ca=True)


def declare_late(certificate_pem: str, private_key_pem: str) -> Run:
    """Declare with outputs in place of strings."""

    def program() -> dict[str, pulumi.Output[Any]]:
        settings = {
            "certificatePem": pulumi.Output.from_input(certificate_pem),
            "privateKeyPem": pulumi.Output.secret(private_key_pem),
        }
        return PackRegistry(
            "registry", arguments_of({"tls": {"mode": "private-ca", "ca": settings}})
        ).outputs

    return run(Recorder(served()), program)


def test_generated_ca_ignores_changes() -> None:
    made = declare(tls={"mode": "private-ca"})
    for name, kept in (
        ("registry-ca-key", {"algorithm", "rsaBits", "ecdsaCurve"}),
        ("registry-ca", {"subject"}),
    ):
        assert set(made.resources[name].request.ignoreChanges) == kept, (
            "clients must not have to trust another CA"
        )
    fixed = {
        "isCaCertificate",
        "privateKeyPem",
        "validityPeriodHours",
        "earlyRenewalHours",
        "allowedUses",
        "setSubjectKeyId",
        "subject",
    }
    assert set(made.resources["registry-ca"].inputs) == fixed, (
        "no other input may depend on settings of the server certificate"
    )


@pytest.mark.parametrize(
    ("container", "common_name"),
    [
        ("packs", "packs CA"),
        ("p" * 61, "p" * 61 + " CA"),
        ("p" * 62, "p" * 61 + " CA"),
        ("p" * 128, "p" * 61 + " CA"),
    ],
)
def test_generated_ca_common_name(container: str, common_name: str) -> None:
    made = declare(containerName=container, tls={"mode": "private-ca"})
    assert made.resources["registry-ca"].inputs["subject"]["commonName"] == common_name, (
        "RFC 5280 allows 64 characters"
    )


def test_ca_key_is_secret(ca: Issued) -> None:
    settings = {"certificatePem": ca.certificate_pem, "privateKeyPem": ca.key_pem}
    made = declare(tls={"mode": "private-ca", "validityDays": 30, "ca": settings})
    assert {"caPrivateKeyPem"} <= made.resources["registry-certificate"].secret_inputs, (
        "the state keeps other values in plain text"
    )
    assert made.outputs["caCertificate"] == ca.certificate_pem
    assert ca.key_pem not in str(uploads(made)), "the server does not need it"


def test_ca_output_is_exported_without_other_text(ca: Issued) -> None:
    made = declare_late(f"issued by hand\n{ca.certificate_pem}", ca.key_pem)
    assert made.outputs["caCertificate"] == ca.certificate_pem


def test_ca_output_with_key_fails(ca: Issued) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        declare_late(ca.certificate_pem + ca.key_pem, ca.key_pem)
    assert str(raised.value) == (
        "tls.ca.certificatePem: contains a private key, but this setting is public. "
        "Set the key as privateKeyPem."
    ), "caCertificate is exported in plain text"


def test_certificate_that_outlives_ca_fails(ca: Issued) -> None:
    leaf = issue(HOSTNAME, [HOSTNAME], ca, ends=datetime.timedelta(days=91))
    with pytest.raises(pulumi.RunError) as raised:
        declare(recorder=Issuing(ca, leaf), tls={"mode": "private-ca"})
    ends = [f"{issued.certificate.not_valid_after_utc:%Y-%m-%d}" for issued in (leaf, ca)]
    assert str(raised.value).startswith(
        f"tls.validityDays: the certificate would expire on {ends[0]}, but its CA expires on "
        f"{ends[1]}. Set fewer days"
    ), "clients reject it when the CA expires"


def test_acme_trust_output_is_checked(ca: Issued) -> None:
    def program(trust_pem: str) -> dict[str, pulumi.Output[Any]]:
        settings = {
            "email": "ops@example.com",
            "directoryUrl": "https://acme.example.com/dir",
            "trustPem": pulumi.Output.from_input(trust_pem),
        }
        return PackRegistry(
            "registry", arguments_of({"tls": {"mode": "letsencrypt", "letsencrypt": settings}})
        ).outputs

    assert (
        run(Recorder(served()), lambda: program(f"text\n{ca.certificate_pem}")).outputs[
            "caCertificate"
        ]
        == ca.certificate_pem
    )
    with pytest.raises(
        pulumi.RunError, match=r"^tls\.letsencrypt\.trustPem: contains a private key"
    ):
        run(Recorder(served()), lambda: program(ca.certificate_pem + ca.key_pem))


@pytest.mark.parametrize(
    ("setting", "place"),
    [("clientCas", "clientCas[0]"), ("directoryCaPem", "letsencrypt.directoryCaPem")],
)
def test_server_trust_output_is_checked(ca: Issued, setting: str, place: str) -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        text = pulumi.Output.from_input(ca.certificate_pem + ca.key_pem)
        acme = {
            "email": "ops@example.com",
            "directoryUrl": "https://acme.example.com/dir",
            "directoryCaPem": text,
        }
        tls = (
            {"clientCas": [text]}
            if setting == "clientCas"
            else {"mode": "letsencrypt", "letsencrypt": acme}
        )
        return PackRegistry("registry", arguments_of({"verify": False, "tls": tls})).outputs

    with pytest.raises(pulumi.RunError) as raised:
        run(Recorder(served()), program)
    assert str(raised.value).startswith(f"tls.{place}: contains a private key")
