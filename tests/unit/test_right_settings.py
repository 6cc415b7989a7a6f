"""Right settings: they pass, in their normal form, and once passed they pass again."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pulumi
import pytest

from components.settings import Settings
from components.validation import validate_settings
from tests.support.certificates import issue, issue_chain
from tests.unit.right_settings import RIGHT

HOSTNAME = "registry.example.com"


def accepted(config: dict[str, Any]) -> Settings:
    return validate_settings({"hostname": HOSTNAME, **config}, "the config of stack test")


@pytest.mark.parametrize("case", RIGHT)
def test_a_right_configuration_passes_in_its_normal_form(case: str) -> None:
    config, place, expected = RIGHT[case]
    dumped = accepted(config).model_dump(mode="json", by_alias=True)
    found = reduce(
        lambda value, part: value[int(part)] if isinstance(value, list) else value[part],
        place.split("."),
        dumped,
    )
    assert found == expected, f"{place} reaches the program in one form, however it was written"


@pytest.mark.parametrize("case", RIGHT)
def test_settings_that_passed_pass_again_unchanged(case: str) -> None:
    settings = accepted(RIGHT[case][0])
    again = validate_settings(
        settings.model_dump(by_alias=True, exclude_unset=True), "the config of stack test"
    )
    assert again == settings, (
        "the program checks its settings twice: as stack config and as the component's arguments"
    )


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(RIGHT) >= 40, "entries that vanish must be missed"


@pytest.mark.parametrize("hostname", [HOSTNAME, "10.10.0.5", "fd00::5", "a.internal.example.com"])
def test_a_certificate_that_names_the_host_passes(hostname: str) -> None:
    issued = issue(
        "registry",
        ["other.example.com", HOSTNAME.upper(), "10.10.0.5", "fd00:0::5", "*.Internal.example.com"],
    )
    settings = accepted(
        {
            "hostname": hostname,
            "tls": {
                "mode": "provided",
                "certificatePem": issued.certificate_pem,
                "privateKeyPem": issued.key_pem,
            },
        }
    )
    assert settings.tls.certificate_pem == issued.certificate_pem, "texts are served as they are"


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_chain_passes_at_every_length(length: int) -> None:
    chain = issue_chain(HOSTNAME)
    pem = "".join(
        issued.certificate_pem for issued in (chain.leaf, chain.intermediate, chain.root)[:length]
    )
    assert accepted(
        {"tls": {"mode": "provided", "certificatePem": pem, "privateKeyPem": chain.leaf.key_pem}}
    ), "the root is often left out"


def test_a_key_in_its_old_form_passes() -> None:
    from cryptography.hazmat.primitives import serialization

    issued = issue(HOSTNAME, [HOSTNAME])
    old = issued.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    for key in (old, parameters + old, old.replace("\n", "\r\n")):
        assert accepted(
            {
                "tls": {
                    "mode": "provided",
                    "certificatePem": issued.certificate_pem,
                    "privateKeyPem": key,
                }
            }
        ), "openssl ecparam writes this"


def test_outputs_pass_where_contents_may_be_known_later() -> None:
    later = pulumi.Output.from_input("text")
    settings = accepted(
        {
            "tls": {"mode": "provided", "certificatePem": later, "privateKeyPem": later},
            "users": [{"name": "ci", "password": later}],
        }
    )
    assert settings.users[0].password is later, "they are checked while the update runs"


def test_settings_do_not_change_once_they_passed() -> None:
    from pydantic import ValidationError

    settings: Any = accepted({})
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


def test_the_callers_arguments_are_left_as_they_were() -> None:
    config: dict[str, Any] = {
        "hostname": HOSTNAME,
        "users": [{"name": "ci"}],
        "tls": {"sans": ["A.example.com"]},
    }
    validate_settings(config, "the config of stack test")
    assert config == {
        "hostname": HOSTNAME,
        "users": [{"name": "ci"}],
        "tls": {"sans": ["A.example.com"]},
    }, "a program may use them again"
