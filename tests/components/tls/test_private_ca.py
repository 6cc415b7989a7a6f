"""An authority of the registry's own: what clients trust stays, whatever changes of what it issues."""

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
    """Answers with a certificate of another end than its authority's."""

    def __init__(self, authority: Issued, leaf: Issued) -> None:
        super().__init__(authority)
        self._leaf = leaf

    def answers(self, args: pulumi.runtime.MockResourceArgs) -> dict[str, Any]:
        answered = super().answers(args)
        is_leaf = args.typ == "tls:index/locallySignedCert:LocallySignedCert"
        return {**answered, "certPem": self._leaf.certificate_pem} if is_leaf else answered


@pytest.fixture(scope="module")
def authority() -> Issued:
    return issue("Test Root", ca=True)


def declare_late(certificate_pem: str, private_key_pem: str) -> Run:
    """Declare with outputs in place of texts."""

    def program() -> dict[str, pulumi.Output[Any]]:
        ca = {
            "certificatePem": pulumi.Output.from_input(certificate_pem),
            "privateKeyPem": pulumi.Output.secret(private_key_pem),
        }
        return PackRegistry(
            "registry", arguments_of({"tls": {"mode": "private-ca", "ca": ca}})
        ).outputs

    return run(Recorder(served()), program)


def test_a_generated_authority_is_made_once() -> None:
    made = declare(tls={"mode": "private-ca"})
    for name, kept in (
        ("registry-ca-key", {"algorithm", "rsaBits", "ecdsaCurve"}),
        ("registry-ca", {"subject"}),
    ):
        assert set(made.resources[name].request.ignoreChanges) == kept, (
            "whoever trusts it must not be asked to trust another"
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
        "no other input may come from a setting of what it issues"
    )


@pytest.mark.parametrize(
    ("container", "authority"),
    [
        ("packs", "packs CA"),
        ("p" * 61, "p" * 61 + " CA"),
        ("p" * 62, "p" * 61 + " CA"),
        ("p" * 128, "p" * 61 + " CA"),
    ],
)
def test_a_generated_authority_is_called_after_the_container_as_far_as_a_common_name_goes(
    container: str, authority: str
) -> None:
    made = declare(containerName=container, tls={"mode": "private-ca"})
    assert made.resources["registry-ca"].inputs["subject"]["commonName"] == authority, (
        "RFC 5280 has 64 characters, and clients go by it"
    )


def test_the_authoritys_key_is_a_secret_input_of_what_it_issues(authority: Issued) -> None:
    ca = {"certificatePem": authority.certificate_pem, "privateKeyPem": authority.key_pem}
    made = declare(tls={"mode": "private-ca", "validityDays": 30, "ca": ca})
    assert {"caPrivateKeyPem"} <= made.resources["registry-certificate"].secret_inputs, (
        "the state keeps what is not secret in plain text"
    )
    assert made.outputs["caCertificate"] == authority.certificate_pem
    assert authority.key_pem not in str(uploads(made)), "the server has no use for it"


def test_an_authority_that_is_an_output_is_exported_without_what_stands_around_it(
    authority: Issued,
) -> None:
    made = declare_late(f"issued by hand\n{authority.certificate_pem}", authority.key_pem)
    assert made.outputs["caCertificate"] == authority.certificate_pem


def test_an_authority_that_is_an_output_and_holds_its_key_stops_the_update(
    authority: Issued,
) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        declare_late(authority.certificate_pem + authority.key_pem, authority.key_pem)
    assert str(raised.value) == (
        "tls.ca.certificatePem: the text holds a private key, which everybody may read there; give the certificates alone, the key as privateKeyPem"
    ), "caCertificate is exported in plain"


def test_a_certificate_that_outlives_its_authority_stops_the_update(authority: Issued) -> None:
    leaf = issue(HOSTNAME, [HOSTNAME], authority, ends=datetime.timedelta(days=91))
    with pytest.raises(pulumi.RunError) as raised:
        declare(recorder=Issuing(authority, leaf), tls={"mode": "private-ca"})
    ends = [f"{issued.certificate.not_valid_after_utc:%Y-%m-%d}" for issued in (leaf, authority)]
    assert str(raised.value).startswith(
        f"tls.validityDays: the certificate would be valid until {ends[0]}, but its authority only until {ends[1]}; set it to fewer days"
    ), "clients would refuse it before its time"


def test_what_clients_are_to_trust_is_checked_where_it_is_an_output(authority: Issued) -> None:
    def program(trust_pem: str) -> dict[str, pulumi.Output[Any]]:
        given = {
            "email": "ops@example.com",
            "directoryUrl": "https://acme.example.com/dir",
            "trustPem": pulumi.Output.from_input(trust_pem),
        }
        return PackRegistry(
            "registry", arguments_of({"tls": {"mode": "letsencrypt", "letsencrypt": given}})
        ).outputs

    assert (
        run(Recorder(served()), lambda: program(f"text\n{authority.certificate_pem}")).outputs[
            "caCertificate"
        ]
        == authority.certificate_pem
    )
    with pytest.raises(
        pulumi.RunError, match=r"^tls\.letsencrypt\.trustPem: the text holds a private key"
    ):
        run(Recorder(served()), lambda: program(authority.certificate_pem + authority.key_pem))


@pytest.mark.parametrize(
    ("setting", "place"),
    [("clientCas", "clientCas[0]"), ("directoryCaPem", "letsencrypt.directoryCaPem")],
)
def test_what_the_server_is_to_trust_is_checked_where_it_is_an_output(
    authority: Issued, setting: str, place: str
) -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        text = pulumi.Output.from_input(authority.certificate_pem + authority.key_pem)
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
    assert str(raised.value).startswith(f"tls.{place}: the text holds a private key")
