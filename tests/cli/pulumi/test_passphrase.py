"""A wrong passphrase: its source, and what helps."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cli.pulumi import binary, passphrase
from cli.pulumi.binary import Pulumi
from cli.pulumi.passphrase import wrong_passphrase_hint
from tests.support.programs import write_program

SALT = "encryptionsalt: v1:Dw1f/mcHZls=:v1:7B8aBh3L0P2eRWa4:Mvz/i+j08ZJ+GHJ4jOKzJB8WYvHO/Q=="
RIGHT = "LTAKNNZJndsApcLhfm4AGIa8VmydXF0mBt3fg-lM-mA"
"""Written by Pulumi, with this passphrase."""
OTHER = "Pulumi.dev.yaml is encrypted with another one."
RESTORE = (
    "Set PULUMI_CONFIG_PASSPHRASE to the passphrase that the stack was created with, or restore "
    "the file from a backup."
)


@pytest.fixture
def stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a stack that is encrypted with the passphrase `right`."""
    monkeypatch.setattr(passphrase, "ROOT", tmp_path)
    monkeypatch.setattr(passphrase, "PASSPHRASE", tmp_path / ".state" / "passphrase")
    monkeypatch.setattr(passphrase, "_ITERATIONS", 10)
    (tmp_path / ".state").mkdir()
    salt, nonce = os.urandom(8), os.urandom(12)
    key = hashlib.pbkdf2_hmac("sha256", b"right", salt, 10)
    parts = [
        base64.b64encode(part).decode()
        for part in (salt, nonce, AESGCM(key).encrypt(nonce, b"pulumi", None))
    ]
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(f"config: {{}}\nencryptionsalt: v1:{parts[0]}:v1:{parts[1]}:{parts[2]}\n")
    return file


def write(file: Path, text: str) -> str:
    file.write_text(text)
    return str(file)


def test_variable(stack_file: Path) -> None:
    hint = wrong_passphrase_hint(stack_file, {"PULUMI_CONFIG_PASSPHRASE": "wrong"})
    source = "The passphrase is from the environment variable PULUMI_CONFIG_PASSPHRASE."
    assert hint == f"{source} {OTHER} {RESTORE}"


def test_variable_instead_of_generated(stack_file: Path, tmp_path: Path) -> None:
    write(tmp_path / ".state" / "passphrase", "right\n")
    hint = wrong_passphrase_hint(stack_file, {"PULUMI_CONFIG_PASSPHRASE": "wrong"})
    assert hint.endswith(
        "The generated passphrase in .state/passphrase is the right one. To use it, run "
        "`unset PULUMI_CONFIG_PASSPHRASE`."
    )


def test_file(stack_file: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "other", "wrong")
    hint = wrong_passphrase_hint(stack_file, {"PULUMI_CONFIG_PASSPHRASE_FILE": file})
    source = f"{file}, the file of the environment variable PULUMI_CONFIG_PASSPHRASE_FILE"
    assert hint == f"The passphrase is from {source}. {OTHER} {RESTORE}"
    write(tmp_path / ".state" / "passphrase", "right")
    hint = wrong_passphrase_hint(stack_file, {"PULUMI_CONFIG_PASSPHRASE_FILE": file})
    assert hint.endswith("To use it, run `unset PULUMI_CONFIG_PASSPHRASE_FILE`.")


def test_generated_file(stack_file: Path, tmp_path: Path) -> None:
    file = write(tmp_path / ".state" / "passphrase", "wrong")
    hint = wrong_passphrase_hint(stack_file, {"PULUMI_CONFIG_PASSPHRASE_FILE": file})
    source = "The passphrase is from the generated file .state/passphrase."
    assert hint == f"{source} {OTHER} {RESTORE}"


@pytest.mark.parametrize(
    "environment",
    [
        {"PULUMI_CONFIG_PASSPHRASE": "right"},
        {"PULUMI_CONFIG_PASSPHRASE": "right", "PULUMI_CONFIG_PASSPHRASE_FILE": "wrong"},
        {"PULUMI_CONFIG_PASSPHRASE_FILE": "missing"},
        {},
    ],
    ids=["right", "variable wins", "unreadable", "none"],
)
def test_no_hint(
    stack_file: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(stack_file.parent)
    write(stack_file.parent / "wrong", "wrong")
    assert wrong_passphrase_hint(stack_file, environment) == ""


@pytest.mark.parametrize(
    "text", ["config: {}\n", "encryptionsalt: v2:a\n", "encryptionsalt: v1:@:v1:a:b\n"]
)
def test_stack_without_passphrase(stack_file: Path, text: str) -> None:
    stack_file.write_text(text)
    assert wrong_passphrase_hint(stack_file, {"PULUMI_CONFIG_PASSPHRASE": "wrong"}) == ""
    stack_file.unlink()
    assert wrong_passphrase_hint(stack_file, {"PULUMI_CONFIG_PASSPHRASE": "wrong"}) == ""


def test_salt_of_pulumi(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(f"config: {{}}\n{SALT}\n")
    assert OTHER in wrong_passphrase_hint(file, {"PULUMI_CONFIG_PASSPHRASE": "wrong"})
    assert wrong_passphrase_hint(file, {"PULUMI_CONFIG_PASSPHRASE": RIGHT}) == ""


def test_hint_after_failed_command(
    stack_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, messages: list[str]
) -> None:
    monkeypatch.setattr(binary, "ROOT", tmp_path)
    program = write_program(tmp_path / "bin", "[ $1 != up ]")
    pulumi = Pulumi(program, {"PULUMI_CONFIG_PASSPHRASE": "wrong"})
    assert (pulumi.run("refresh", "--stack", "dev"), messages) == (0, [])
    assert pulumi.run("up", "--stack", "dev") == 1
    assert OTHER in "".join(messages)
