"""Outputs, which other stacks and the Palette console use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.certificates import issue_chain
from tests.support.component import HOSTNAME, declare, declared, served
from tests.support.recording import FirstPreview, Run

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


def test_output_names(default: Run, http: Run) -> None:
    assert set(default.outputs) == CONTRACT
    assert set(http.outputs) == CONTRACT


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
def test_endpoint(settings: dict[str, Any], endpoint: str) -> None:
    outputs = declared(**settings).outputs
    assert outputs["endpoint"] == endpoint, (
        "Palette compares endpoints as strings, so the default port is omitted"
    )
    assert outputs["healthUrl"] == f"{endpoint}/health"
    assert outputs["catalogUrl"] == f"{endpoint}/v1/_catalog"
    address = endpoint.partition("://")[2]
    insecure = "--insecure " if endpoint.startswith("http://") else ""
    assert outputs["cliLogin"] == f"spectro registry login {insecure}{address}"
    assert outputs["consoleRegistration"]["endpoint"] == endpoint


def test_console_registration(default: Run) -> None:
    assert default.outputs["consoleRegistration"] == {
        "name": "spectro-registry",
        "endpoint": f"https://{HOSTNAME}",
        "username": "admin",
        "password": default.outputs["adminPassword"],
        "caCertificate": served().certificate_pem,
        "insecureSkipVerify": False,
    }, "the fields of Palette's form"


def test_registration_with_provided_chain() -> None:
    chain = issue_chain(HOSTNAME)
    made = declared(
        tls={"mode": "provided", "certificatePem": chain.pem, "privateKeyPem": chain.leaf.key_pem}
    )
    registration = made.outputs["consoleRegistration"]
    assert registration["caCertificate"] == made.outputs["caCertificate"]
    assert chain.leaf.key_pem not in str(registration)


def test_registration_without_tls(http: Run) -> None:
    registration = http.outputs["consoleRegistration"]
    assert registration["insecureSkipVerify"] is False
    assert registration["caCertificate"] == ""


@pytest.mark.parametrize(
    ("url", "is_own"),
    [
        (f"https://{HOSTNAME}", True),
        (f"https://{HOSTNAME}:8443/packs", True),
        ("https://proxy.example.com", False),
        ("http://proxy.example.com", False),
    ],
)
def test_registration_behind_proxy(url: str, is_own: bool) -> None:
    chain = issue_chain(HOSTNAME)
    client = {
        "clientCertificatePem": chain.leaf.certificate_pem,
        "clientPrivateKeyPem": chain.leaf.key_pem,
    }
    outputs = declared(
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
        "a proxy with another hostname has its own certificate"
    )
    assert outputs["caCertificate"] == served().certificate_pem, "the proxy needs it"
    pair = (registration.get("clientCertificate"), registration.get("clientKey"))
    assert pair == ((chain.leaf.certificate_pem, chain.leaf.key_pem) if is_own else (None, None)), (
        "the proxy does not require a client certificate"
    )


def test_admin(default: Run) -> None:
    assert default.outputs["adminUsername"] == "admin"
    assert default.outputs["adminPassword"] == default.outputs["users"]["admin"]


def test_container_name() -> None:
    made = declared(containerName="packs-eu")
    assert made.outputs["containerName"] == "packs-eu"
    assert made.outputs["consoleRegistration"]["name"] == "packs-eu"


def test_first_preview() -> None:
    made = declare(recorder=FirstPreview(served()), preview=True)
    assert set(made.outputs) == CONTRACT, "unknown values are no error"
    assert made.outputs["endpoint"] == f"https://{HOSTNAME}"
    assert made.secret_outputs >= {"adminPassword", "users", "consoleRegistration"}, (
        "unknown values are secret, too"
    )
