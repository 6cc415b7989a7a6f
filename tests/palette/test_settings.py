"""Settings of a registration: normal forms, and one sentence for each issue, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import mocks
from syrupy.assertion import SnapshotAssertion

from common.validation import SettingsError, format_path
from palette.settings import RegistrationSettings, load_settings
from tests.support.component import served
from tests.support.palette.stub import API_KEY
from tests.support.recording import Recorder

NAMESPACE = "pack-registry-palette:"
DATA = Path(__file__).parent / "data"
INVALID: dict[str, dict[str, str]] = yaml.safe_load((DATA / "invalid_settings.yaml").read_text())
VALID: dict[str, dict[str, Any]] = yaml.safe_load((DATA / "valid_settings.yaml").read_text())
ENCRYPTED = ("paletteApiKey",)


@pytest.fixture(autouse=True)
def stack() -> Iterator[None]:
    mocks.set_mocks(Recorder(served()), project="pack-registry-palette", stack="test")
    yield
    pulumi.runtime.set_all_config({}, [])


def load(values: dict[str, str], secret: tuple[str, ...] = ENCRYPTED) -> RegistrationSettings:
    config = {
        f"{NAMESPACE}{key}": value for key, value in {"paletteApiKey": API_KEY, **values}.items()
    }
    pulumi.runtime.set_all_config(config, [f"{NAMESPACE}{key}" for key in secret])
    return load_settings()


def rejected(values: dict[str, str], secret: tuple[str, ...] = ENCRYPTED) -> SettingsError:
    with pytest.raises(SettingsError) as raised:
        load(values, secret)
    return raised.value


def setting_names(error: SettingsError) -> list[str]:
    return [format_path(issue.path) for issue in error.issues]


def test_defaults() -> None:
    settings = load({})
    assert settings.palette_host == "https://api.spectrocloud.com"
    names = settings.registry_stack, settings.registration_name
    assert names == ("", ""), "the stack's own name and the registry's name are used"
    assert (settings.adopt_existing, settings.import_uid) == (False, "")
    assert (settings.insecure_skip_verify, settings.force_sync) == (False, False)
    assert (settings.sync, settings.sync_timeout_minutes) == (True, 15)


@pytest.mark.parametrize("case", VALID)
def test_normal_form(case: str) -> None:
    setting, written, normal = (VALID[case][key] for key in ("setting", "written", "normal"))
    assert load({setting: written}).model_dump(by_alias=True)[setting] == normal


def test_messages(snapshot: SnapshotAssertion) -> None:
    messages = [f"{case}:\n{rejected(config)}\n" for case, config in INVALID.items()]
    assert "\n".join(messages) == snapshot


@pytest.mark.parametrize("case", INVALID)
def test_message_form(case: str) -> None:
    error = rejected(INVALID[case])
    first, *sentences = str(error).splitlines()
    assert "stack test of project pack-registry-palette" in first
    assert "MARKER" not in str(error), "update logs are kept and shared"
    names = setting_names(error)
    assert len(sentences) == len(names) == len(INVALID[case]), "one sentence for each issue"
    for name, sentence in zip(names, sentences, strict=True):
        assert name in sentence
        assert name in INVALID[case]


def test_case_for_every_setting() -> None:
    settings = {info.alias for info in RegistrationSettings.model_fields.values()}
    assert settings - {key for config in INVALID.values() for key in config} == set()


def test_missing_api_key() -> None:
    pulumi.runtime.set_all_config({})
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert str(raised.value) == str(rejected({"paletteApiKey": ""})), "with and without the schema"
    assert "make register-key STACK=test" in str(raised.value)


def test_plaintext_api_key(snapshot: SnapshotAssertion) -> None:
    error = rejected({}, secret=())
    assert setting_names(error) == ["paletteApiKey"], "Pulumi would copy the key to the state"
    assert API_KEY not in str(error)
    assert str(error) == snapshot


def test_issue_order_by_setting_name() -> None:
    names = setting_names(rejected(INVALID["several issues"], secret=()))
    assert names == ["importUid", "other", "paletteApiKey", "sync", "syncTimeoutMinutes"]
