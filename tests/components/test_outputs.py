"""The outputs: what other stacks and the Palette console rely on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.certificates import issue_chain
from tests.support.component import HOSTNAME, declare, served
from tests.support.recording import Run

CONTRACT = {
    "endpoint",
    "healthUrl",
    "catalogUrl",
    "caCertificate",
    "certificateFingerprint",
    "certificateNotAfter",
    "adminUsername",
    "adminPassword",
    "users",
    "consoleRegistration",
    "cliLogin",
    "containerName",
    "dataVolume",
}
OFF = {"tls": {"mode": "off"}}


def test_the_outputs_are_the_contracts_to_the_letter(default: Run, http: Run) -> None:
    assert set(default.outputs) == CONTRACT, "other stacks read these names"
    assert set(http.outputs) == CONTRACT, "in every mode"


@pytest.mark.parametrize(
    ("settings", "endpoint"),
    [
        ({}, "https://registry.example.com"),
        ({"port": 443}, "https://registry.example.com"),
        ({"port": 8443}, "https://registry.example.com:8443"),
        ({"port": 80}, "https://registry.example.com:80"),
        (OFF, "http://registry.example.com"),
        ({**OFF, "port": 80}, "http://registry.example.com"),
        ({**OFF, "port": 443}, "http://registry.example.com:443"),
        ({**OFF, "port": 8080}, "http://registry.example.com:8080"),
        ({"hostname": "10.10.0.5"}, "https://10.10.0.5"),
        ({"hostname": "10.10.0.5", "port": 8443}, "https://10.10.0.5:8443"),
        ({"hostname": "FD00:0:0::5"}, "https://[fd00::5]"),
        ({"hostname": "fd00::5", "port": 8443}, "https://[fd00::5]:8443"),
        ({"hostname": "::1", **OFF, "port": 8080}, "http://[::1]:8080"),
        ({"hostname": "Registry.Example.COM"}, "https://registry.example.com"),
    ],
)
def test_the_endpoint_is_the_shortest_url_of_the_registry(
    settings: dict[str, Any], endpoint: str
) -> None:
    outputs = declare(**settings).outputs
    assert outputs["endpoint"] == endpoint, (
        "the console compares endpoints as texts: one form, without the scheme's own port"
    )
    assert outputs["healthUrl"] == f"{endpoint}/health", "the guide's health check"
    assert outputs["catalogUrl"] == f"{endpoint}/v1/_catalog", "the guide's list of packs"
    authority = endpoint.partition("://")[2]
    insecure = "--insecure " if endpoint.startswith("http://") else ""
    assert outputs["cliLogin"] == f"spectro registry login {insecure}{authority}", (
        "without TLS the CLI must be told so"
    )
    assert outputs["consoleRegistration"]["endpoint"] == endpoint, (
        "the console must be given what the CLI is given"
    )


def test_the_console_is_told_all_that_its_form_asks_for(default: Run) -> None:
    assert default.outputs["consoleRegistration"] == {
        "name": "spectro-registry",
        "endpoint": f"https://{HOSTNAME}",
        "username": "admin",
        "password": default.outputs["adminPassword"],
        "caCertificate": served().certificate_pem,
        "insecureSkipVerify": False,
    }, "these are the form's fields"


def test_the_console_trusts_the_issuers_of_a_provided_chain() -> None:
    chain = issue_chain(HOSTNAME)
    made = declare(
        tls={"mode": "provided", "certificatePem": chain.pem, "privateKeyPem": chain.leaf.key_pem}
    )
    registration = made.outputs["consoleRegistration"]
    assert registration["caCertificate"] == made.outputs["caCertificate"], (
        "one trust anchor for all clients"
    )
    assert chain.leaf.key_pem not in str(registration), "the key is the server's alone"


def test_without_tls_the_console_is_given_no_certificate_and_not_told_to_skip_its_verification(
    http: Run,
) -> None:
    registration = http.outputs["consoleRegistration"]
    assert registration["insecureSkipVerify"] is False, "that is for whoever registers it to say"
    assert registration["caCertificate"] == "", "plain HTTP has no certificate"


@pytest.mark.parametrize(
    ("url", "is_own"),
    [
        (f"https://{HOSTNAME}", True),
        (f"https://{HOSTNAME}:8443/packs", True),
        ("https://proxy.example.com", False),
        ("http://proxy.example.com", False),
    ],
)
def test_the_console_is_told_of_no_certificate_but_the_one_that_it_meets(
    url: str, is_own: bool
) -> None:
    chain = issue_chain(HOSTNAME)
    client = {
        "clientCertificatePem": chain.leaf.certificate_pem,
        "clientPrivateKeyPem": chain.leaf.key_pem,
    }
    outputs = declare(
        port=5000,
        publicEndpoint=url,
        tls={
            "clientCas": [chain.intermediate.certificate_pem, chain.root.certificate_pem],
            **client,
        },
    ).outputs
    registration = outputs["consoleRegistration"]
    assert registration["endpoint"] == url
    assert registration["caCertificate"] == (served().certificate_pem if is_own else ""), (
        "a proxy of another name has a certificate of its own"
    )
    assert outputs["caCertificate"] == served().certificate_pem, "the proxy itself needs it"
    pair = (registration.get("clientCertificate"), registration.get("clientKey"))
    assert pair == ((chain.leaf.certificate_pem, chain.leaf.key_pem) if is_own else (None, None)), (
        "who asks for one is the server"
    )


def test_the_admin_is_the_contracts_admin(default: Run) -> None:
    assert default.outputs["adminUsername"] == "admin", "the one user who may write"
    assert default.outputs["adminPassword"] == default.outputs["users"]["admin"], (
        "one password, told twice"
    )


def test_the_container_is_named_as_it_is_on_the_host() -> None:
    made = declare(containerName="packs-eu")
    assert made.outputs["containerName"] == "packs-eu", "`docker logs` wants the real name"
    assert made.outputs["consoleRegistration"]["name"] == "packs-eu", (
        "several registries must be told apart in the console"
    )


def test_all_outputs_are_there_before_anything_exists() -> None:
    from tests.support.recording import FirstPreview

    made = declare(recorder=FirstPreview(served()), preview=True)
    assert set(made.outputs) == CONTRACT, (
        "a first preview must not fail on values that are not known yet"
    )
    assert made.outputs["endpoint"] == f"https://{HOSTNAME}", (
        "what the settings tell is known at once"
    )
    assert made.secret_outputs >= {"adminPassword", "users", "consoleRegistration"}, (
        "an unknown secret is a secret"
    )
