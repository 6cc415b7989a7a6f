"""Pulumi's record is lost, damaged or old, without a backup: packs stay, and `make up` works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import make_up
from tests.support.backups import BackedUp, contents
from tests.support.docker import container_names, inspect
from tests.support.registry import Client, expect_guides_answers

LOCKED = r"Another update of stack \S+ is running|the stack is currently locked by"
"""The message of the command, or of Pulumi if both started at the same moment."""


@pytest.fixture
def registry(project: tuple[Path, str]) -> BackedUp:
    return BackedUp(*project)


def up_with_pack(registry: BackedUp) -> dict[str, Any]:
    outputs = registry.up()
    Client.of(outputs, "admin").push("packs/kept", os.urandom(100_000))
    return outputs


def test_record_is_deleted(registry: BackedUp) -> None:
    """Pulumi's own copies are lost, too."""
    outputs = up_with_pack(registry)
    before, server = contents(outputs), inspect(registry.stack)["Id"]
    shutil.rmtree(registry.directory / ".state" / ".pulumi")
    refused = registry.run("up", "--no-policy", code=1)
    assert "The selected backend has no state for it." in refused
    assert f"`make restore STACK={registry.stack} FILE=...`. Without a backup" in refused
    assert inspect(registry.stack)["Id"] == server
    assert contents(outputs) == before
    (command,) = re.findall(r"`(docker rm -f [^`]+)`", refused)
    run_shell(registry, command)
    after = registry.up()
    assert contents(after) == before
    assert after["users"] != outputs["users"], "only the record had the passwords"


def test_copy_of_deleted_record(registry: BackedUp) -> None:
    outputs = up_with_pack(registry)
    before, server = contents(outputs), inspect(registry.stack)["Id"]
    shutil.rmtree(registry.state.parent)
    refused = registry.run("up", "--no-policy", code=1)
    (command,) = re.findall(r"`(mkdir -p [^`]+ && cp [^`]+)`", refused)
    run_shell(registry, command)
    assert registry.up() == outputs
    assert contents(outputs) == before
    assert inspect(registry.stack)["Id"] == server, "the update adopts what runs"


def run_shell(registry: BackedUp, command: str) -> None:
    """Run a command that a message contains."""
    subprocess.run(command, shell=True, check=True, cwd=registry.directory, capture_output=True)


@pytest.mark.parametrize("damage", ["cut off", "empty", "zeros"])
def test_record_is_damaged(registry: BackedUp, damage: str) -> None:
    outputs = up_with_pack(registry)
    before, server = contents(outputs), inspect(registry.stack)["Id"]
    whole = registry.state.read_bytes()
    damaged = {"cut off": whole[: len(whole) // 2], "empty": b"", "zeros": bytes(len(whole))}
    registry.state.write_bytes(damaged[damage])
    for command in (["up", "--no-policy"], ["preview", "--no-policy"], ["down"], ["outputs"]):
        refused = registry.run(*command, code=1)
        assert "is damaged: error: failed to load checkpoint" in refused
        assert f"`make restore STACK={registry.stack} FILE=...`, or use the copy" in refused
        assert "Traceback" not in refused
    assert inspect(registry.stack)["Id"] == server
    (command,) = set(re.findall(r"`(cp [^`]+)`", refused))
    run_shell(registry, command)
    after = registry.up()
    assert after == outputs
    assert contents(after) == before


def test_record_of_last_week(registry: BackedUp) -> None:
    outputs = up_with_pack(registry)
    old = registry.state.read_bytes()
    registry.configure(
        logLevel="debug",
        users=[{"name": "spectro", "rotation": "2"}, {"name": "new"}],
        tls={"algorithm": "ecdsa-p256"},
    )
    newer = registry.up()
    Client.of(newer, "admin").push("packs/new", os.urandom(100_000))
    before, containers = contents(newer), container_names(registry.stack)
    registry.state.write_bytes(old)

    after = registry.up()
    assert contents(after) == before
    assert container_names(registry.stack) == containers
    expect_guides_answers(after)
    assert after["users"]["admin"] == outputs["users"]["admin"]
    assert set(after["users"]) == {"admin", "spectro", "new"}
    shown = registry.run("up", "--no-policy")
    assert re.search(r"Resources: \d+ unchanged Duration", shown), shown


def test_two_operators_at_once(registry: BackedUp) -> None:
    outputs = up_with_pack(registry)
    before = contents(outputs)
    for round_ in range(2):
        registry.configure(users=[{"name": "spectro", "rotation": str(round_)}])
        both = [make_up(registry.directory, registry.stack) for _ in range(2)]
        shown = [process.communicate()[0] for process in both]
        for process, text in zip(both, shown, strict=True):
            assert "Traceback" not in text
            if process.returncode:
                assert re.search(LOCKED, text), text
                assert "No resources were changed." in text
        expect_guides_answers(registry.outputs())
    assert contents(registry.up()) == before
