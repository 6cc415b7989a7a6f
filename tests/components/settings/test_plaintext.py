"""Secrets that were written into a stack's file in the clear are pointed out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pulumi
import pytest
from pulumi.runtime import mocks

from components.program import stack_arguments
from components.settings.plaintext import plaintext_secret_warnings
from tests.support.declaring import served
from tests.support.recording import Recorder

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def warnings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    said: list[str] = []
    mocks.set_mocks(Recorder(served()), project="pack-registry", stack="test")
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    yield said
    pulumi.runtime.set_all_config({}, [])


def configure(secret: list[str]) -> None:
    users = json.dumps([{"name": "generated"}, {"name": "ci", "password": PASSWORD}])
    pulumi.runtime.set_all_config(
        {"pack-registry:hostname": "registry.example.com", "pack-registry:users": users}, secret
    )


def test_a_password_in_the_clear_is_pointed_out_with_the_command_that_encrypts_it(
    warnings: list[str],
) -> None:
    configure(secret=[])
    stack_arguments()
    assert len(warnings) == 1
    assert (
        "users[1].password is written in the clear; encrypt it with `pulumi config set --stack test --secret --path 'users[1].password'`"
        in warnings[0]
    )
    assert PASSWORD not in warnings[0]


def test_every_secret_setting_is_looked_after(warnings: list[str]) -> None:
    values = {
        "storage": {
            "kind": "s3",
            "s3": {"bucket": "b-1", "region": "r", "accessKey": "x", "secretKey": "y"},
        },
        "imagePassword": "z",
        "imageUsername": "u",
    }
    config = {
        f"pack-registry:{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }
    pulumi.runtime.set_all_config({"pack-registry:hostname": "registry.example.com", **config}, [])
    stack_arguments()
    assert [warning.partition(" ")[0] for warning in warnings] == [
        "imagePassword",
        "storage.s3.accessKey",
        "storage.s3.secretKey",
    ]


def test_a_key_of_several_lines_is_encrypted_from_its_file() -> None:
    (warning,) = plaintext_secret_warnings(
        {"tls": {"privateKeyPem": "-----BEGIN PRIVATE KEY-----"}}, {"tls"}, "edge"
    )
    assert (
        "encrypt it with `pulumi config set --stack edge --secret --path 'tls.privateKeyPem' < key.pem`"
        in warning
    )


def test_a_secret_that_is_not_set_needs_no_word_either(warnings: list[str]) -> None:
    pulumi.runtime.set_all_config(
        {"pack-registry:hostname": "registry.example.com", "pack-registry:imagePassword": ""}, []
    )
    stack_arguments()
    assert warnings == [], "Pulumi hands over the defaults of the project's schema, too"


def test_an_encrypted_password_needs_no_word(warnings: list[str]) -> None:
    configure(secret=["pack-registry:users"])
    stack_arguments()
    assert warnings == []


def test_a_secret_that_is_not_set_needs_none_either(warnings: list[str]) -> None:
    pulumi.runtime.set_all_config(
        {"pack-registry:hostname": "registry.example.com", "pack-registry:imagePassword": ""}, []
    )
    stack_arguments()
    assert warnings == [], "the project's own default is no secret"
