"""The consumer's settings: right ones, and a sentence for each wrong one, all of them at once, before anything is asked."""

from __future__ import annotations

import typing
from collections.abc import Iterator

import pulumi
import pytest
from pulumi.runtime import mocks

from common.validation import SettingsError
from palette.model import RegistrationSettings
from palette.settings import stack_settings
from tests.support.component import served
from tests.support.palette import API_KEY
from tests.support.recording import Recorder

NAMESPACE = "pack-registry-palette:"
HOST = "allowed is https://HOST[:PORT], with nothing after it; plain http for this machine's own address alone, for example https://palette.example.com"
STACK = "allowed is a stack's name, or ORGANIZATION/PROJECT/STACK, for example organization/pack-registry/prod"
UID = "allowed is a project's UID, as the address of its page in the console has it, for example 6a1f0c2d9b3e4f5a6b7c8d9e"
NAME = "allowed is 1 to 64 letters, digits, spaces, dots, underscores and dashes, with no space or sign at its ends, for example Platform packs"
BOOLEAN = "allowed is true or false, for example true"
MINUTES = "allowed is a whole number of minutes from 1 to 240, for example 30"
KEY = "allowed is an API key, from the console under User Menu, My API Keys, for example pulumi config set --secret paletteApiKey"
COMMAND = "`make register-key STACK=test` (or `pulumi config set --secret paletteApiKey --stack test` in the directory palette)"


@pytest.fixture(autouse=True)
def stack() -> Iterator[None]:
    mocks.set_mocks(Recorder(served()), project="pack-registry-palette", stack="test")
    yield
    pulumi.runtime.set_all_config({}, [])


def given(secret: tuple[str, ...] = ("paletteApiKey",), **values: str) -> RegistrationSettings:
    config = {
        f"{NAMESPACE}{key}": value for key, value in {"paletteApiKey": API_KEY, **values}.items()
    }
    pulumi.runtime.set_all_config(config, [f"{NAMESPACE}{key}" for key in secret])
    return stack_settings()


def told(secret: tuple[str, ...] = ("paletteApiKey",), **values: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        given(secret, **values)
    first, *sentences = str(raised.value).splitlines()
    assert first.endswith(
        " wrong in the config of stack test of pack-registry-palette; nothing was touched."
    )
    return [sentence.removeprefix("  - ") for sentence in sentences]


def test_an_api_key_is_all_that_it_takes() -> None:
    settings = given()
    assert settings.palette_host == "https://api.spectrocloud.com"
    assert (settings.registry_stack, settings.scope, settings.registration_name) == (
        "",
        "tenant",
        "",
    ), "the stack's own name and the registry tell"
    assert (settings.adopt_existing, settings.insecure_skip_verify) == (False, False), (
        "nothing is taken over, and nothing skipped, unasked"
    )
    assert (settings.sync, settings.sync_timeout_minutes) == (True, 15)


def test_without_an_api_key_the_command_that_sets_one_is_told() -> None:
    sentence = f"paletteApiKey is not set; make a key in Palette's console under User Menu, My API Keys, and set it with {COMMAND}"
    assert told(paletteApiKey="") == [sentence], (
        "as the project's schema has it where nothing is set"
    )
    pulumi.runtime.set_all_config({})
    with pytest.raises(SettingsError) as raised:
        stack_settings()
    assert str(raised.value).endswith(sentence), "as a program without the schema sees it"


def test_an_api_key_in_the_clear_is_refused_and_not_shown() -> None:
    sentences = told(secret=())
    assert sentences == [
        f"paletteApiKey is written in the clear; encrypt it with {COMMAND}, and make a new key if others may have read this one"
    ]
    assert API_KEY not in str(sentences), "Pulumi would copy it to the state as it is"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://palette.example.com", "https://palette.example.com"),
        ("https://Palette.Example.com/", "https://palette.example.com"),
        ("https://palette.example.com:8443", "https://palette.example.com:8443"),
        ("https://10.0.0.5", "https://10.0.0.5"),
        ("https://[fd00::5]:8443", "https://[fd00::5]:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_host_is_read_in_its_normal_form(written: str, read: str) -> None:
    assert given(paletteHost=written).palette_host == read


@pytest.mark.parametrize(
    "host",
    [
        "",
        "api.spectrocloud.com",
        "http://palette.example.com",
        "http://10.0.0.5",
        "ftp://palette.example.com",
        "https://",
        "https://palette.example.com/v1",
        "https://palette.example.com?x=1",
        "https://user:MARKER@palette.example.com",
        "https://palette.example.com:0",
        "https://palette.example.com:65536",
        "https://palette.example.com:https",
        "https://not a host",
        "https://1.2.3",
        "https://[fd00::5",
    ],
)
def test_a_wrong_host_is_told(host: str) -> None:
    shown = host.replace("user:MARKER", "…").replace("x=1", "…") or '""'
    assert told(paletteHost=host) == [f"paletteHost: {shown} is not allowed; {HOST}"], (
        "plain HTTP would show the API key to whoever listens"
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"registryStack": "a/b"}, f"registryStack: a/b is not allowed; {STACK}"),
        ({"registryStack": "a stack"}, f"registryStack: a stack is not allowed; {STACK}"),
        ({"projectUid": "my project"}, f"projectUid: my project is not allowed; {UID}"),
        ({"registrationName": "x/y"}, f"registrationName: x/y is not allowed; {NAME}"),
        ({"registrationName": "x" * 65}, f"registrationName: {'x' * 65} is not allowed; {NAME}"),
        ({"registrationName": "ends "}, f'registrationName: "ends " is not allowed; {NAME}'),
        ({"adoptExisting": "maybe"}, f"adoptExisting: maybe is not allowed; {BOOLEAN}"),
        (
            {"insecureSkipVerify": "maybe"},
            "insecureSkipVerify: maybe is not allowed; allowed is true or false; true only where the registry's tls.mode is off, for example true",
        ),
        ({"sync": "maybe"}, f"sync: maybe is not allowed; {BOOLEAN}"),
        ({"syncTimeoutMinutes": "0"}, f"syncTimeoutMinutes: 0 is not allowed; {MINUTES}"),
        ({"syncTimeoutMinutes": "241"}, f"syncTimeoutMinutes: 241 is not allowed; {MINUTES}"),
        (
            {"paletteApiKey": "MARKER of a key"},
            f"paletteApiKey: the value given (not shown, it is a secret) is not allowed; {KEY}",
        ),
        (
            {"paletteApiKey": "MARKER\n"},
            f"paletteApiKey: the value given (not shown, it is a secret) is not allowed; {KEY}",
        ),
        (
            {"paletteApiKey": "MÄRKER"},
            f"paletteApiKey: the value given (not shown, it is a secret) is not allowed; {KEY}",
        ),
    ],
)
def test_a_wrong_setting_is_told_with_what_is_allowed(
    values: dict[str, typing.Any], sentence: str
) -> None:
    assert told(**values) == [sentence]


def test_a_misspelt_key_is_told_with_the_right_one() -> None:
    (sentence,) = told(palettehost="https://x")
    assert sentence.startswith(
        'palettehost: there is no such setting; did you mean "paletteHost"? the settings are registryStack, paletteHost, '
    )


def test_all_faults_are_told_at_once() -> None:
    faults = told(
        secret=(), paletteApiKey="", sync="x", syncTimeoutMinutes="x", projectUid="!", other="x"
    )
    assert [fault.partition(":")[0].partition(" ")[0] for fault in faults] == [
        "other",
        "paletteApiKey",
        "projectUid",
        "sync",
        "syncTimeoutMinutes",
    ]


def test_a_project_is_a_scope_of_its_own() -> None:
    assert given(projectUid="6a1f0c2d9b3e4f5a6b7c8d9e").scope == "project"
