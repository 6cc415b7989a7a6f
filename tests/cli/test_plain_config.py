"""A stack's config without the Pulumi CLI."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import stack_file
from cli.console import CommandError
from cli.plain_config import full_config
from tests.support.cases import check_each
from tests.support.programs import error_of

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
    monkeypatch.setattr(stack_file, "ROOT", tmp_path)
    return tmp_path / "Pulumi.edge.yaml"


def test_values_match_pulumi_engine(written: Path) -> None:
    def check(case: tuple[str, str]) -> None:
        text, read = case
        written.write_text(f"config:\n  pack-registry:key: {text}\n")
        assert full_config("edge") == {"pack-registry:key": read}

    check_each(YAML_AND_STRING, check)


def test_key_without_namespace(written: Path) -> None:
    written.write_text(
        "encryptionsalt: v1:x\nconfig:\n  port: 8443\n  pack-registry:hostname: localhost\n"
    )
    assert full_config("edge") == {
        "pack-registry:port": "8443",
        "pack-registry:hostname": "localhost",
    }


@pytest.mark.parametrize("text", ["", "encryptionsalt: v1:x\n", "config:\n", "config: {}\n"])
def test_stack_without_config(written: Path, text: str) -> None:
    written.write_text(text)
    assert full_config("edge") == {}


def test_encrypted_values_are_rejected(written: Path) -> None:
    written.write_text(
        "config:\n  pack-registry:hostname: localhost\n"
        "  pack-registry:rotation: {secure: v1:abc}\n"
        "  pack-registry:tls: {privateKeyPem: {secure: v1:def}}\n"
        "  pack-registry:users:\n  - name: ci\n    password: {secure: v1:ghi}\n"
    )
    with pytest.raises(CommandError) as raised:
        full_config("edge")
    assert raised.value.message == (
        "Pulumi.edge.yaml: only the Pulumi CLI can decrypt rotation, tls.privateKeyPem, "
        "users[0].password, and a trial runs without it. Install the CLI "
        "(https://www.pulumi.com/docs/install/) and run `make up STACK=edge`, "
        "or try a copy of the file without these values."
    )


def test_provider_config_is_rejected(written: Path) -> None:
    written.write_text("config:\n  docker:host: ssh://elsewhere\n")
    with pytest.raises(
        CommandError,
        match=r"Pulumi\.edge\.yaml: docker:host is a setting of a Pulumi provider, which a trial",
    ):
        full_config("edge")


def test_misspelled_namespace(written: Path) -> None:
    written.write_text("config:\n  pack-registri:limits: {memory: 4g}\n")
    assert error_of(full_config, "edge") == (
        "Pulumi.edge.yaml: Unknown namespace in pack-registri:limits. "
        'Did you mean "pack-registry:limits"?'
    )


@pytest.mark.parametrize("text", ["config: [\n", "- a\n", "config: text\n"])
def test_invalid_file(written: Path, text: str) -> None:
    written.write_text(text)
    with pytest.raises(CommandError, match=r"Pulumi\.edge\.yaml is not (a )?valid "):
        full_config("edge")


def test_missing_stack_lists_existing_stacks(written: Path) -> None:
    written.write_text("")
    with pytest.raises(
        CommandError,
        match=r"Pulumi\.nowhere\.yaml does not exist. Must be a stack that has a file \(edge\)",
    ):
        full_config("nowhere")
