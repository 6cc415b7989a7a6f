"""The consumer's settings: right ones, and a sentence for each wrong one, all of them at once, before anything is asked."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator

import pulumi
import pytest
from pulumi.runtime import mocks

from common.validation import SettingsError
from palette.model import RegistrationSettings
from palette.settings import stack_settings
from tests.support.declaring import served
from tests.support.palette import API_KEY
from tests.support.recording import Recorder

NAMESPACE = "pack-registry-palette:"
HOST = (
    "Must be https://HOST[:PORT] without a path, or http:// with a loopback address (for example, "
    '"https://palette.example.com").'
)
STACK = (
    "Must be a stack name, or ORGANIZATION/PROJECT/STACK (for example, "
    '"organization/pack-registry/prod").'
)
UID = (
    "Must be a project UID, as in the address of the project's page in Palette's console "
    '(for example, "6a1f0c2d9b3e4f5a6b7c8d9e").'
)
NAME = (
    "Must be 1 to 64 letters, digits, spaces, dots, underscores and dashes, a letter or digit at "
    'both ends (for example, "Platform packs").'
)
BOOLEAN = "Must be true or false."
MINUTES = "Must be an integer number of minutes from 1 to 240 (for example, 30)."
LONG = "x" * 65
KEY = (
    "Must be an API key from Palette's console, under User Menu > My API Keys. "
    'Set it with "pulumi config set --secret paletteApiKey".'
)
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
    assert first.startswith("Found ")
    assert first.endswith(" in stack test of project pack-registry-palette. No changes were made.")
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
    shown = json.dumps(host).replace("user:MARKER", "…").replace("x=1", "…")
    assert told(paletteHost=host) == [f"paletteHost: invalid value {shown}. {HOST}"], (
        "plain HTTP would show the API key to whoever listens"
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"registryStack": "a/b"}, f'registryStack: invalid value "a/b". {STACK}'),
        ({"registryStack": "a stack"}, f'registryStack: invalid value "a stack". {STACK}'),
        ({"projectUid": "my project"}, f'projectUid: invalid value "my project". {UID}'),
        ({"registrationName": "x/y"}, f'registrationName: invalid value "x/y". {NAME}'),
        ({"registrationName": LONG}, f'registrationName: invalid value "{LONG}". {NAME}'),
        ({"registrationName": "ends "}, f'registrationName: invalid value "ends ". {NAME}'),
        ({"adoptExisting": "maybe"}, f'adoptExisting: invalid value "maybe". {BOOLEAN}'),
        (
            {"insecureSkipVerify": "maybe"},
            'insecureSkipVerify: invalid value "maybe". Must be true or false; true only if tls.mode of '
            "the registry is off.",
        ),
        ({"sync": "maybe"}, f'sync: invalid value "maybe". {BOOLEAN}'),
        ({"syncTimeoutMinutes": "0"}, f'syncTimeoutMinutes: invalid value 0. {MINUTES}'),
        ({"syncTimeoutMinutes": "241"}, f'syncTimeoutMinutes: invalid value 241. {MINUTES}'),
        (
            {"paletteApiKey": "MARKER of a key"},
            f"paletteApiKey: invalid value (sensitive value hidden). {KEY}",
        ),
        (
            {"paletteApiKey": "MARKER\n"},
            f"paletteApiKey: invalid value (sensitive value hidden). {KEY}",
        ),
        (
            {"paletteApiKey": "MÄRKER"},
            f"paletteApiKey: invalid value (sensitive value hidden). {KEY}",
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
        'Unknown setting palettehost. Did you mean "paletteHost"? The settings are: '
        "registryStack, paletteHost, "
    )


def test_all_faults_are_told_at_once() -> None:
    faults = told(
        secret=(), paletteApiKey="", sync="x", syncTimeoutMinutes="x", projectUid="!", other="x"
    )
    assert [fault.removeprefix("Unknown setting ").split(maxsplit=1)[0].strip(":.") for fault in faults] == [
        "other",
        "paletteApiKey",
        "projectUid",
        "sync",
        "syncTimeoutMinutes",
    ]


def test_a_project_is_a_scope_of_its_own() -> None:
    assert given(projectUid="6a1f0c2d9b3e4f5a6b7c8d9e").scope == "project"
