"""What the commands say about a record that is lost or damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.console import CommandError
from cli.pulumi import stack
from cli.pulumi.lost_record import restore_hint
from tests.support.commands import FakePulumi

SAID = "error: failed to load checkpoint: place 1: unexpected end of JSON input"
RESOURCES = json.dumps({"checkpoint": {"latest": {"resources": [{}]}}})
BACKUP = "restore it from a backup with `make restore FILE=...`"


@pytest.fixture
def pulumi(tmp_path: Path) -> FakePulumi:
    failed = (255, "", SAID)
    return FakePulumi(
        {"stack export": failed, "stack output": failed},
        {"PULUMI_BACKEND_URL": tmp_path.as_uri()},
    )


def write_copy(directory: Path, time: int, content: str) -> Path:
    history = directory / ".pulumi" / "history" / "pack-registry" / "dev"
    history.mkdir(parents=True, exist_ok=True)
    path = history / f"dev-{time}.checkpoint.json"
    path.write_text(content)
    return path


def read(pulumi: FakePulumi) -> None:
    stack.read_outputs(pulumi, "dev", secrets=False)


def update(pulumi: FakePulumi) -> None:
    stack.ensure_stack(pulumi, "dev")


@pytest.mark.parametrize("command", [read, update])
def test_damaged_record(pulumi: FakePulumi, command: Callable[[FakePulumi], None]) -> None:
    with pytest.raises(CommandError) as error:
        command(pulumi)
    assert error.value.message == (
        f"Pulumi's record of stack dev is damaged: {SAID}. No changes were made, and the registry "
        f"keeps running. To continue, {BACKUP}."
    )


def test_newest_whole_copy(pulumi: FakePulumi, tmp_path: Path) -> None:
    write_copy(tmp_path, 9, RESOURCES)
    expected = write_copy(tmp_path, 10, RESOURCES)
    write_copy(tmp_path, 11, json.dumps({"checkpoint": {"latest": None}}))
    write_copy(tmp_path, 12, json.dumps({"checkpoint": {"latest": {"resources": []}}}))
    write_copy(tmp_path, 13, RESOURCES[:20])
    stacks = tmp_path / ".pulumi" / "stacks" / "pack-registry"
    copied = f"cp {expected} {stacks}/dev.json"
    prefix = f"{BACKUP}, or use the copy that Pulumi made after the last update:"
    assert restore_hint(pulumi, "dev") == f"{prefix} `mkdir -p {stacks} && {copied}`"
    stacks.mkdir(parents=True)
    assert restore_hint(pulumi, "dev") == f"{prefix} `{copied}`"


def test_backend_elsewhere(tmp_path: Path) -> None:
    write_copy(tmp_path, 9, RESOURCES)
    pulumi = FakePulumi({}, {"PULUMI_BACKEND_URL": "s3://states"})
    assert restore_hint(pulumi, "dev") == BACKUP
