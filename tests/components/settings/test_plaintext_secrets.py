"""Warnings about secrets in plain text in a stack's config."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks
from syrupy.assertion import SnapshotAssertion

from components.program import stack_arguments
from components.settings.plaintext import plaintext_secret_warnings
from tests.components.settings.data_loader import HOSTNAME
from tests.support.component import served
from tests.support.recording import Recorder

PASSWORD = "correct horse battery staple"
USERS = [{"name": "generated"}, {"name": "ci", "password": PASSWORD}]


@pytest.fixture(autouse=True)
def warnings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    said: list[str] = []
    mocks.set_mocks(Recorder(served()), project="pack-registry", stack="test")
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    yield said
    pulumi.runtime.set_all_config({}, [])


def configure(secret: tuple[str, ...] = (), **settings: Any) -> None:
    config = {
        f"pack-registry:{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in {"hostname": HOSTNAME, **settings}.items()
    }
    pulumi.runtime.set_all_config(config, [f"pack-registry:{name}" for name in secret])


def test_password(warnings: list[str], snapshot: SnapshotAssertion) -> None:
    configure(users=USERS)
    stack_arguments()
    assert "\n".join(warnings) == snapshot
    assert "pulumi config set --stack test --secret --path 'users[1].password'" in warnings[0]
    assert PASSWORD not in warnings[0]


def test_every_secret_setting(warnings: list[str]) -> None:
    s3 = {"bucket": "b-1", "region": "r", "accessKey": "x", "secretKey": "y"}
    configure(storage={"kind": "s3", "s3": s3}, imagePassword="z", imageUsername="u")
    stack_arguments()
    names = ["imagePassword", "storage.s3.accessKey", "storage.s3.secretKey"]
    assert len(warnings) == len(names)
    assert all(name in warning for name, warning in zip(names, warnings, strict=True))


def test_header_of_receiver(warnings: list[str]) -> None:
    headers = {"Authorization": "Bearer of-a-receiver"}
    configure(
        notifications={
            "endpoints": [{"name": "a", "url": "https://a.example.com", "headers": headers}]
        }
    )
    stack_arguments()
    (warning,) = warnings
    assert "--path 'notifications.endpoints[0].headers.Authorization'" in warning
    assert "of-a-receiver" not in warning


def test_key_from_file(snapshot: SnapshotAssertion) -> None:
    config = {"tls": {"privateKeyPem": "-----BEGIN PRIVATE KEY-----"}}
    (warning,) = plaintext_secret_warnings(config, {"tls"}, "edge")
    assert warning == snapshot
    command = "pulumi config set --stack edge --secret --path 'tls.privateKeyPem' < key.pem"
    assert command in warning, "several lines are encrypted from a file"


def test_no_warning_if_unset(warnings: list[str]) -> None:
    configure(imagePassword="")
    stack_arguments()
    assert warnings == [], "Pulumi passes the defaults of the project's schema"


def test_no_warning_if_encrypted(warnings: list[str]) -> None:
    configure(secret=("users",), users=USERS)
    stack_arguments()
    assert warnings == []
