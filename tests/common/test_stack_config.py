"""Stack config as Pulumi hands it over: every value a text, lists and groups as JSON, some of them secret."""

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


def test_numbers_and_booleans_arrive_as_texts() -> None:
    settings = validate_settings(given({"port": "8443", "verify": "false"}), "the config")
    assert (settings.port, settings.verify) == (8443, False), (
        "Pulumi hands over every value as text"
    )


def test_lists_and_groups_arrive_as_json() -> None:
    values = {
        "ipAddresses": '["10.10.0.5"]',
        "users": '[{"name":"ci","password":"correct horse battery staple"}]',
        "tls": '{"subject":{"country":"US"},"validityDays":90}',
        "limits": '{"cpus":0.5}',
    }
    settings = validate_settings(given(values), "the config")
    assert settings.ip_addresses == ["10.10.0.5"], "a list of texts"
    assert settings.users[0].password == "correct horse battery staple", "a list of groups"
    assert (settings.tls.subject.country, settings.tls.validity_days) == ("US", 90), (
        "groups in groups"
    )
    assert settings.limits.cpus == 0.5, "numbers in groups are numbers"


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
def test_a_text_that_looks_like_json_stays_a_text(key: str, text: str) -> None:
    assert given({key: text})[key] == text, "the user wrote a text, and gets that text"


@pytest.mark.parametrize("key", ["users", "tls", "limits", "logLevel"])
def test_a_key_that_was_left_empty_is_as_good_as_not_there(key: str) -> None:
    assert key not in given({key: "null"}), "`users:` with nothing after it is null in YAML"


def test_keys_of_other_projects_and_providers_are_left_alone() -> None:
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


def test_the_environment_may_hold_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi.runtime.set_all_config({"pack-registry:port": "8443"})
    environment = {"pack-registry:hostname": "from.the.environment", "pack-registry:port": "1"}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(environment))
    assert stack_arguments() == {"hostname": "from.the.environment", "port": "8443"}, (
        "the engine's own values win"
    )


def test_an_empty_config_asks_for_the_one_required_setting() -> None:
    pulumi.runtime.set_all_config({})
    with pytest.raises(SettingsError) as raised:
        stack_arguments()
    assert str(raised.value) == (
        "1 setting is wrong in the config of stack test; nothing was touched.\n"
        "  - hostname is not set; allowed is a DNS name (letters, digits and dashes) or the IP address of one host, "
        "without scheme, port or path, for example registry.example.com"
    ), "a new stack's first error must say all that it takes"


def test_a_secret_key_is_not_shown() -> None:
    told = refusal({"hostname": "MARKER of a host", "port": "MARKER"}, secret=("hostname", "port"))
    assert "hostname: the value given (not shown, it is a secret)" in told, "the key is told"
    assert "MARKER" not in told, "`pulumi config set --secret` is a promise"


def test_a_password_set_with_the_cli_is_not_shown() -> None:
    told = refusal({"users": '[{"name":"ci","password":"MARKER"}]'}, secret=("users",))
    assert "users[0].password" in told, (
        "`pulumi config set --secret --path` makes the whole key a secret one"
    )
    assert "MARKER" not in told, "nor may the password be shown"


def test_the_rest_of_a_group_with_a_secret_in_it_is_shown() -> None:
    told = refusal(
        {"users": '[{"name":"c i","password":"correct horse battery staple"}]'}, secret=("users",)
    )
    assert "users[0].name: c i is not allowed" in told, (
        "a sentence without the value helps nobody, and a name is no secret"
    )


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
def test_broken_json_is_not_shown(text: str) -> None:
    told = refusal({"users": text})
    assert "  - users: " in told, "the key is told"
    assert "MARKER" not in told, "there may be a password in it"


def test_a_misspelt_key_is_told_with_the_right_one() -> None:
    told = refusal({"hostName": "MARKER"})
    assert '  - hostName: there is no such setting; did you mean "hostname"? ' in told, (
        "the CLI itself takes any key"
    )
    assert "MARKER" not in told, "nobody knows what it is"


def test_a_huge_number_is_a_sentence_too() -> None:
    told = refusal({"limits": '{"cpus":' + "9" * 5000 + "}"})
    assert "limits" in told, (
        "Python refuses to read such a number, which must not end in a traceback"
    )


def test_groups_in_groups_without_end_are_a_sentence_too() -> None:
    told = refusal({"tls": '{"subject":' + "[" * 100_000 + "]" * 100_000 + "}"})
    assert "tls" in told, "Python refuses to read such a text, which must not end in a traceback"


def test_secret_keys_are_known_to_pulumi() -> None:
    given({"rotation": "x"}, secret=("rotation",))
    assert runtime_config.is_config_secret("pack-registry:rotation"), "the tests above rely on it"
