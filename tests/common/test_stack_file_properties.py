"""Any text of a stack file results in settings or in a message."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cli import stack_file
from cli.console import CommandError
from cli.plain_config import full_config
from common.stack_config import parse_config
from common.validation import SettingsError
from components.settings import Settings
from components.validation import validate_settings
from tests.components.settings.test_settings_properties import VALUES, groups
from tests.support.cases import check_each
from tests.support.unit import EXAMPLES

WRITTEN = [
    "!!set {a, b}",
    "!!binary aGVsbG8=",
    "!!omap [a: 1]",
    "!!pairs [a: 1, a: 2]",
    "!!python/name:os.system",
    "!other text",
    "&a {subject: *a}",
    "&a [*a]",
    "&a {b: &b [*a]}",
    "[&a {x: 1}, *a]",
    "{<<: {a: 1}, a: 2}",
    "{a: 1, a: 2}",
    "{[a]: b}",
    "*unknown",
    '"\\ud800"',
    '{"\\ud800": "\\udfff"}',
    "2027-13-45",
    "2027-01-01",
    "{2027-01-01: 2027-01-01T10:00:00Z}",
    "0o7",
    "1:30",
    ".inf",
    ".nan",
    "1e400",
    "9" * 50,
    "9" * 5000,
    "[" * 90 + "]" * 90,
    "[" * 500 + "]" * 500,
    "{a: " * 500 + "1" + "}" * 500,
    "{secure: v1:x}",
    "{{",
    '"',
    "|\n    two\n    lines",
    "\x00",
]


class Dumper(yaml.SafeDumper):
    """Writes the defaults of settings as strings."""


Dumper.add_multi_representer(StrEnum, lambda dumper, value: dumper.represent_str(value.value))


def yaml_of(value: Any) -> str:
    """Return a value on one line, without the end of document mark after a scalar."""
    return (
        yaml.dump(value, Dumper=Dumper, default_flow_style=True, width=10**9)
        .removesuffix("...\n")
        .strip()
    )


KEYS = st.sampled_from(
    [info.alias or name for name, info in Settings.model_fields.items()]
    + ["docker:host", "?", "\ud7ff", "~", '"\\ud800"', "<<"]
)
TEXTS = st.sampled_from(WRITTEN) | VALUES.map(yaml_of)
LINES = st.lists(st.tuples(KEYS, TEXTS), max_size=4).map(
    lambda lines: "".join(f"  {key}: {text}\n" for key, text in lines)
)
FILES = (
    LINES.map(lambda lines: f"config:\n  hostname: localhost\n{lines}")
    | groups(Settings).map(lambda group: yaml_of({"config": group}))
    | st.text(alphabet="a:-[]{}&*!|\"'%@`#? \n\t\ud7ff", max_size=30)
)


def outcome(file: Path, text: str) -> str:
    """Return the message about a file, or an empty string if its settings are valid."""
    file.write_text(text)
    try:
        texts = full_config("edge")
        validate_settings(
            parse_config(Settings, {key.rpartition(":")[2]: value for key, value in texts.items()}),
            "stack edge",
        )
    except (CommandError, SettingsError) as error:
        return str(error)
    return ""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stack_file, "ROOT", tmp_path)
    return tmp_path / "Pulumi.edge.yaml"


@given(text=FILES)
@example(text='config: {"\\ud800": 1}')
@example(text='"docker:\\ud800": 1')
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_settings_or_message(file: Path, text: str) -> None:
    outcome(file, text).encode()


@pytest.mark.parametrize(
    "place", ["  tls: {}\n", "  server:\n    extra: {}\n", "  users: [{}]\n", "  rotation: {}\n"]
)
def test_yaml_feature(file: Path, place: str) -> None:
    def check(written: str) -> None:
        outcome(file, "config:\n  hostname: localhost\n" + place.replace("{}", written)).encode()

    check_each(WRITTEN, check)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("port: 1\n  port: 2", "duplicate key 'port'"),
        ("tls: {mode: off, mode: off}", "duplicate key 'mode'"),
        ("tls: &a {subject: *a}", "found unconstructable recursive node"),
        ("tls: !!set {a}", "could not determine a constructor for the tag 'tag:yaml.org,2002:set'"),
        ('rotation: "\\ud800"', "a lone surrogate is not a character"),
        (f"tls: {'[' * 500}{']' * 500}", "its objects and lists are nested too deeply."),
    ],
)
def test_invalid_yaml(file: Path, written: str, message: str) -> None:
    sentence = outcome(file, f"config:\n  {written}\n")
    assert sentence.startswith("Pulumi.edge.yaml is not valid YAML: ")
    assert message in sentence


def test_alias_and_merge_key(file: Path) -> None:
    file.write_text("config:\n  a: &a {x: {y: 1}}\n  b: *a\n  c: {<<: *a, z: 2}\n")
    values = full_config("edge")
    assert values["pack-registry:a"] == values["pack-registry:b"] == '{"x": {"y": 1}}'
    assert values["pack-registry:c"] == '{"x": {"y": 1}, "z": 2}'
