"""The config of a stack, as the Pulumi engine passes it to the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import stack
from cli.console import CommandError
from trial import config
from trial.config import stack_config

# YAML value, and the string that `pulumi preview` passes to a program for it (Pulumi 3.259).
YAML_AND_STRING = [
    ("", ""),
    ("null", ""),
    ("~", ""),
    ('""', ""),
    ("text", "text"),
    ('"1.0"', "1.0"),
    ("443", "443"),
    ("0443", "291"),
    ("0x1F", "31"),
    ("1.0", "1"),
    ("1.5", "1.5"),
    ("yes", "yes"),
    ("True", "true"),
    ("false", "false"),
    ("2027-01-01", "2027-01-01 00:00:00 +0000 UTC"),
    ("{}", "{}"),
    ("[1.0, 1.5, 5, ~, 1_000, yes]", '[1, 1.5, 5, null, 1000, "yes"]'),
    (
        "{x: 2027-01-01, y: 1.0, z: null, w: no}",
        '{"x": "2027-01-01 00:00:00 +0000 UTC", "y": 1, "z": null, "w": "no"}',
    ),
    ("{1: a, false: b}", '{"1": "a", "false": "b"}'),
    ("|\n    two\n    lines", "two\nlines\n"),
]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The config file of a stack in its own project."""
    for module in (config, stack):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path / "Pulumi.edge.yaml"


@pytest.mark.parametrize(("text", "read"), YAML_AND_STRING)
def test_values_match_pulumi_engine(written: Path, text: str, read: str) -> None:
    written.write_text(f"config:\n  pack-registry:key: {text}\n")
    assert stack_config("edge") == {"pack-registry:key": read}


def test_key_without_namespace(written: Path) -> None:
    written.write_text(
        "encryptionsalt: v1:x\nconfig:\n  port: 8443\n  pack-registry:hostname: localhost\n"
    )
    assert stack_config("edge") == {
        "pack-registry:port": "8443",
        "pack-registry:hostname": "localhost",
    }


@pytest.mark.parametrize("text", ["", "encryptionsalt: v1:x\n", "config:\n", "config: {}\n"])
def test_stack_without_config(written: Path, text: str) -> None:
    written.write_text(text)
    assert stack_config("edge") == {}, "the settings report what is missing"


def test_encrypted_values_are_rejected(written: Path) -> None:
    written.write_text(
        "config:\n  pack-registry:hostname: localhost\n  pack-registry:rotation:\n    secure: v1:abc\n"
        "  pack-registry:tls:\n    privateKeyPem: {secure: v1:def}\n  pack-registry:users:\n  - name: ci\n    password: {secure: v1:ghi}\n"
    )
    with pytest.raises(CommandError) as raised:
        stack_config("edge")
    assert raised.value.message == (
        "Pulumi.edge.yaml: rotation, tls.privateKeyPem, users[0].password can be decrypted by the Pulumi CLI alone, and a trial does without it. "
        "Install the CLI (https://www.pulumi.com/docs/install/) and run `make up STACK=edge`, "
        "or try a copy of the file in which the value is left out."
    )


def test_provider_config_is_rejected(written: Path) -> None:
    written.write_text("config:\n  docker:host: ssh://elsewhere\n")
    with pytest.raises(
        CommandError,
        match=r"Pulumi\.edge\.yaml: docker:host is a setting of a Pulumi provider, and a trial has none",
    ):
        stack_config("edge")


def test_misspelled_namespace(written: Path) -> None:
    written.write_text("config:\n  pack-registri:limits: {memory: 4g}\n")
    with pytest.raises(
        CommandError,
        match=r'Pulumi\.edge\.yaml: pack-registri:limits: .+; did you mean "pack-registry:limits"\?',
    ):
        stack_config("edge")


@pytest.mark.parametrize("text", ["config: [\n", "- a\n", "config: text\n"])
def test_invalid_file(written: Path, text: str) -> None:
    written.write_text(text)
    with pytest.raises(CommandError, match=r"Pulumi\.edge\.yaml is no valid "):
        stack_config("edge")


def test_missing_stack_lists_existing_stacks(written: Path) -> None:
    written.write_text("")
    with pytest.raises(
        CommandError,
        match=r"there is no Pulumi\.nowhere\.yaml; allowed are the stacks that have such a file \(edge\)",
    ):
        stack_config("nowhere")
