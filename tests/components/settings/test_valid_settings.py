"""Valid settings: validation accepts them, returns a normal form, and accepts that form again."""

from __future__ import annotations

import re
from typing import Any

import pulumi
import pytest
from cryptography.hazmat.primitives import serialization
from pydantic import ValidationError

from components.settings import Settings
from components.validation import validate_settings
from tests.components.settings.data_loader import HOSTNAME, load_file, with_hostname
from tests.support.cases import check_each
from tests.support.certificates import issue, issue_chain

CASES = load_file("valid")


def accepted(config: dict[str, Any]) -> Settings:
    return validate_settings(with_hostname(config), "stack test")


def test_normal_form() -> None:
    def check(case: str) -> None:
        found: Any = accepted(CASES[case]["config"]).model_dump(mode="json", by_alias=True)
        for part in re.findall(r"\w+", CASES[case]["setting"]):
            found = found[int(part) if part.isdigit() else part]
        assert found == CASES[case]["value"], "a setting has one form, however it is written"

    check_each(CASES, check)


def test_validation_is_idempotent() -> None:
    def check(case: str) -> None:
        settings = accepted(CASES[case]["config"])
        dumped = settings.model_dump(by_alias=True, exclude_unset=True)
        assert accepted(dumped) == settings, "validated as stack config and as component arguments"

    check_each(CASES, check)


def test_table_size() -> None:
    assert len(CASES) >= 69, "cases that vanish must be noticed"


@pytest.mark.parametrize("hostname", [HOSTNAME, "10.10.0.5", "fd00::5", "a.internal.example.com"])
def test_certificate_names_hostname(hostname: str) -> None:
    names = ["other.example.com", HOSTNAME.upper(), "10.10.0.5", "fd00:0::5"]
    issued = issue("registry", [*names, "*.Internal.example.com"])
    settings = accepted(
        {"hostname": hostname, "tls": provided(issued.certificate_pem, issued.key_pem)}
    )
    assert settings.tls.certificate_pem == issued.certificate_pem, "PEM is served unchanged"


@pytest.mark.parametrize("length", [1, 2, 3])
def test_chain_of_any_length(length: int) -> None:
    chain = issue_chain(HOSTNAME)
    certificates = [chain.leaf, chain.intermediate, chain.root][:length]
    pem = "".join(issued.certificate_pem for issued in certificates)
    assert accepted({"tls": provided(pem, chain.leaf.key_pem)}), "chains often omit the root"


def test_traditional_private_key() -> None:
    issued = issue(HOSTNAME, [HOSTNAME])
    traditional = issued.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    for key in (traditional, parameters + traditional, traditional.replace("\n", "\r\n")):
        assert accepted({"tls": provided(issued.certificate_pem, key)}), "as openssl ecparam writes"


def test_outputs_for_contents() -> None:
    later = pulumi.Output.from_input("text")
    users = [{"name": "ci", "password": later}]
    settings = accepted({"tls": provided(later, later), "users": users})
    assert settings.users[0].password is later, "outputs are checked during the update"


def test_settings_are_frozen() -> None:
    settings: Any = accepted({})
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


def test_arguments_unchanged() -> None:
    config: dict[str, Any] = {"users": [{"name": "ci"}], "tls": {"sans": ["A.example.com"]}}
    accepted(config)
    assert config == {"users": [{"name": "ci"}], "tls": {"sans": ["A.example.com"]}}


def provided(certificate: Any, key: Any) -> dict[str, Any]:
    return {"mode": "provided", "certificatePem": certificate, "privateKeyPem": key}
