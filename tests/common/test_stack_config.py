"""The config of a stack as Pulumi passes it: strings, JSON, and secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from pulumi.runtime import config as runtime_config
from pulumi.runtime import mocks

from common.validation import SettingsError
from components.program import stack_arguments
from components.validation import validate_settings
from tests.support.component import served
from tests.support.recording import Recorder


@pytest.fixture(autouse=True)
def stack() -> Iterator[None]:
    mocks.set_mocks(Recorder(served()), project="pack-registry", stack="test")
    yield
    pulumi.runtime.set_all_config({}, [])


def given(values: dict[str, str], secret: tuple[str, ...] = ()) -> dict[str, Any]:
    pulumi.runtime.set_all_config(
        {
            f"pack-registry:{key}": value
            for key, value in {"hostname": "registry.example.com", **values}.items()
        },
        [f"pack-registry:{key}" for key in secret],
    )
    return dict(stack_arguments())


def refusal(values: dict[str, str], secret: tuple[str, ...] = ()) -> str:
    with pytest.raises(SettingsError) as raised:
        given(values, secret)
    return str(raised.value)


def test_numbers_and_booleans_are_strings() -> None:
    settings = validate_settings(given({"port": "8443", "verify": "false"}), "the config")
    assert (settings.port, settings.verify) == (8443, False), (
        "Pulumi passes every value as a string"
    )


def test_lists_and_objects_are_json() -> None:
    values = {
        "ipAddresses": '["10.10.0.5"]',
        "users": '[{"name":"ci","password":"correct horse battery staple"}]',
        "tls": '{"subject":{"country":"US"},"validityDays":90}',
        "limits": '{"cpus":0.5}',
    }
    settings = validate_settings(given(values), "the config")
    assert settings.ip_addresses == ["10.10.0.5"], "a list of strings"
    assert settings.users[0].password == "correct horse battery staple", "a list of objects"
    assert (settings.tls.subject.country, settings.tls.validity_days) == ("US", 90), (
        "nested objects"
    )
    assert settings.limits.cpus == 0.5, "numbers in objects are numbers"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("rotation", "2027"),
        ("rotation", "true"),
        ("rotation", "null"),
        ("rotation", "[1]"),
        ("realm", "123"),
        ("containerName", "42"),
    ],
)
def test_string_that_looks_like_json(key: str, text: str) -> None:
    assert given({key: text})[key] == text, "the setting is a string"


@pytest.mark.parametrize("key", ["users", "tls", "limits", "logLevel"])
def test_empty_key_is_dropped(key: str) -> None:
    assert key not in given({key: "null"}), "`users:` without a value is null in YAML"


def test_other_namespaces_are_ignored() -> None:
    pulumi.runtime.set_all_config(
        {
            "pack-registry:hostname": "localhost",
            "docker:host": "ssh://x",
            "other:port": "1",
            "pack-registry-2:port": "2",
        }
    )
    assert stack_arguments() == {"hostname": "localhost"}, (
        "stack config holds the providers' keys too"
    )


def test_config_from_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi.runtime.set_all_config({"pack-registry:port": "8443"})
    environment = {"pack-registry:hostname": "from.the.environment", "pack-registry:port": "1"}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(environment))
    assert stack_arguments() == {"hostname": "from.the.environment", "port": "8443"}, (
        "the engine's own values win"
    )


def test_empty_config() -> None:
    pulumi.runtime.set_all_config({})
    with pytest.raises(SettingsError) as raised:
        stack_arguments()
    assert str(raised.value) == (
        "Found 1 invalid setting in stack test. No changes were made.\n"
        "  - hostname is required. Must be a DNS name (labels of letters, digits and hyphens, "
        "separated by dots) or a host's IP address, without scheme, port or path "
        '(for example, "registry.example.com").'
    ), "the first error of a new stack"


def test_secret_key_is_hidden() -> None:
    message = refusal(
        {"hostname": "MARKER of a host", "port": "MARKER"}, secret=("hostname", "port")
    )
    assert "hostname: invalid value (sensitive value hidden)" in message, (
        "the message names the key"
    )
    assert "MARKER" not in message, "the user marked it as secret"


def test_secret_path_is_hidden() -> None:
    message = refusal({"users": '[{"name":"ci","password":"MARKER"}]'}, secret=("users",))
    assert "users[0].password" in message, (
        "`pulumi config set --secret --path` makes the whole key a secret one"
    )
    assert "MARKER" not in message, "the password is secret"


def test_rest_of_secret_group_is_shown() -> None:
    message = refusal(
        {"users": '[{"name":"c i","password":"correct horse battery staple"}]'}, secret=("users",)
    )
    assert 'users[0].name: invalid value "c i"' in message, "the name is not secret"


@pytest.mark.parametrize(
    "text",
    [
        "MARKER",
        '[{"name": "ci", "password": "MARKER"',
        '{"name": "ci", "password": "MARKER"}',
        '"MARKER"',
        "[MARKER]",
    ],
)
def test_broken_json_is_hidden(text: str) -> None:
    message = refusal({"users": text})
    assert "  - users: " in message, "the message names the key"
    assert "MARKER" not in message, "it can contain a password"


def test_misspelled_key() -> None:
    message = refusal({"hostName": "MARKER"})
    assert '  - Unknown setting hostName. Did you mean "hostname"?' in message, (
        "the CLI accepts any key"
    )
    assert "MARKER" not in message, "it can be a secret"


def test_huge_number() -> None:
    message = refusal({"limits": '{"cpus":' + "9" * 5000 + "}"})
    assert "limits" in message, (
        "Python refuses to read such a number, which must not end in a traceback"
    )


def test_excessive_nesting() -> None:
    message = refusal({"tls": '{"subject":' + "[" * 100_000 + "]" * 100_000 + "}"})
    assert "tls" in message, "Python refuses to read such a text, which must not end in a traceback"


def test_pulumi_knows_secret_keys() -> None:
    given({"rotation": "x"}, secret=("rotation",))
    assert runtime_config.is_config_secret("pack-registry:rotation"), "the tests above rely on it"
