"""A stack's file, read like the Pulumi CLI reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import stack_file
from cli.stack_file import read_config
from tests.support.programs import error_of


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stack_file, "ROOT", tmp_path)
    for name in ("dev", "prod"):
        (tmp_path / f"Pulumi.{name}.yaml").write_text(
            f"config:\n  pack-registry:hostname: {name}.example.com\n  docker:host: ssh://x\n"
        )
    return tmp_path


def test_keys_without_namespace(root: Path) -> None:
    assert read_config("dev") == {"hostname": "dev.example.com", "docker:host": "ssh://x"}


@pytest.mark.parametrize("text", ["", "config:\n", "encryptionsalt: v1:x\n"])
def test_no_config(root: Path, text: str) -> None:
    (root / "Pulumi.dev.yaml").write_text(text)
    assert read_config("dev") == {}


def test_missing_file(root: Path) -> None:
    assert error_of(read_config, "staging") == (
        "STACK: Pulumi.staging.yaml does not exist. Must be a stack that has a file (dev, prod). "
        "To add a stack, copy Pulumi.prod.yaml to Pulumi.staging.yaml and edit it."
    )


@pytest.mark.parametrize("name", ["porud", "Prod", "pro"])
def test_mistyped_stack(root: Path, name: str) -> None:
    assert error_of(read_config, name).startswith(
        f'STACK: Pulumi.{name}.yaml does not exist. Did you mean "prod"? Must be a stack that '
    )


def test_stack_with_dot_is_listed(root: Path) -> None:
    (root / "Pulumi.a.b.yaml").write_text("config: {}\n")
    assert "Must be a stack that has a file (a.b, dev, prod)." in error_of(read_config, "missing")


@pytest.mark.parametrize("name", ["../x", "a/b", "my stack", "", "prod*", "größe"])
def test_invalid_name(root: Path, name: str) -> None:
    assert error_of(read_config, name) == (
        "STACK: invalid stack name. Must consist of letters, digits, dashes, underscores and dots "
        "(for example, STACK=prod)."
    )


def test_yaml_error_names_line(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text("config:\n  a: [1\n")
    message = error_of(read_config, "dev")
    assert 'in "Pulumi.dev.yaml", line 3, column 1' in message
    assert "unicode string" not in message


BROKEN = [
    "config: [",
    "- a\n- b\n",
    "config:\n  - a\n",
    "config: text\n",
    "just a text",
    "config:\n  pack-registry:rotation: 2027-02-30\n",
]


@pytest.mark.parametrize(
    "text", [*(text.encode() for text in BROKEN), "config: {a: ü}\n".encode("latin-1")]
)
def test_invalid_file(root: Path, text: bytes) -> None:
    (root / "Pulumi.dev.yaml").write_bytes(text)
    message = error_of(read_config, "dev")
    assert message.startswith(("Pulumi.dev.yaml is not valid", "Pulumi.dev.yaml is not a valid"))
    assert "\n" not in message


def test_directory(root: Path) -> None:
    (root / "Pulumi.edge.yaml").mkdir()
    assert error_of(read_config, "edge") == (
        "Pulumi.edge.yaml can't be read (Is a directory). "
        "Check that it is a file and that you may read it."
    )
