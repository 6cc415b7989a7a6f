"""A stack's creation, state and outputs."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from cli.console import CommandError
from cli.paths import PALETTE, REGISTRY, Project
from cli.pulumi import stack
from cli.pulumi.stack import ensure_stack, is_in_local_state, read_outputs
from tests.support.commands import FakePulumi
from tests.support.programs import error_of

EXPORT = "stack export"


def test_existing_stack(messages: list[str]) -> None:
    pulumi = FakePulumi({EXPORT: (0, '{"version": 3}', "")})
    ensure_stack(pulumi, "dev")
    assert pulumi.calls == ["stack export --stack dev"]
    assert messages == []


def test_new_stack(messages: list[str]) -> None:
    pulumi = FakePulumi({EXPORT: (255, "", "error: no stack named 'dev' found")})
    ensure_stack(pulumi, "dev")
    assert pulumi.calls[-1] == "stack init dev --no-select"
    assert messages == ["Created stack dev"]


@pytest.mark.parametrize("selected", [REGISTRY, PALETTE])
def test_changed_file_of_new_stack(
    messages: list[str], project: Path, selected: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = project / selected.folder / "Pulumi.dev.yaml"
    file.parent.mkdir(exist_ok=True)
    answers = {EXPORT: (255, "", "error: no stack named 'dev' found")}
    run_captured = FakePulumi.run_captured

    def add_salt(self: FakePulumi, *arguments: str) -> subprocess.CompletedProcess[str]:
        if arguments[:2] == ("stack", "init"):
            file.write_text("encryptionsalt: v1:salt\n")
        return run_captured(self, *arguments)

    monkeypatch.setattr(FakePulumi, "run_captured", add_salt)
    for _ in range(2):
        ensure_stack(FakePulumi(answers, project=selected), "dev")
    name = file.relative_to(project)
    added = f"Created stack dev. Pulumi added encryptionsalt to {name}."
    assert messages == [added, "Created stack dev"], "the second time, nothing is added"


def test_check_of_unrecorded_stack() -> None:
    def stop() -> None:
        raise CommandError("not yours")

    nothing = [
        (255, "", "error: no stack named 'dev' found"),
        (0, '{"deployment": {"resources": []}}', ""),
        (0, '{"deployment": null}', ""),
    ]
    for answer in nothing:
        pulumi = FakePulumi({EXPORT: answer})
        assert error_of(ensure_stack, pulumi, "dev", stop) == "not yours"
        assert pulumi.calls == ["stack export --stack dev"]
    for deployment in ('{"resources": [{}]}', '{"pending_operations": [{}]}'):
        ensure_stack(FakePulumi({EXPORT: (0, f'{{"deployment": {deployment}}}', "")}), "dev", stop)


@pytest.mark.parametrize("name", ["dev.json", "dev.json.gz"])
def test_local_state_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(stack, "STATE", tmp_path)
    file = tmp_path / ".pulumi" / "stacks" / "pack-registry" / name
    file.parent.mkdir(parents=True)
    assert not is_in_local_state(FakePulumi(), "dev")
    for latest, there in (
        ("null", False),
        ('{"manifest": {}}', False),
        ('{"resources": []}', False),
        ('{"resources": [{}]}', True),
    ):
        text = f'{{"version": 3, "checkpoint": {{"stack": "dev", "latest": {latest}}}}}'.encode()
        file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        assert is_in_local_state(FakePulumi(), "dev") is there
    assert not is_in_local_state(FakePulumi(), "prod")
    assert not is_in_local_state(FakePulumi(project=PALETTE), "dev")
    file.write_bytes(b"\x1f\x8b no record")
    assert not is_in_local_state(FakePulumi(), "dev")


def test_errors_of_pulumi() -> None:
    pulumi = FakePulumi({EXPORT: (255, "", "error: incorrect passphrase\n")})
    assert error_of(ensure_stack, pulumi, "dev") == "error: incorrect passphrase"
    assert not [call for call in pulumi.calls if "init" in call]
    denied = FakePulumi(
        {EXPORT: (255, "", "no stack named x"), "stack init": (255, "", "error: not permitted\n")}
    )
    assert error_of(ensure_stack, denied, "dev") == "error: not permitted"


def test_pending_operations(messages: list[str]) -> None:
    pulumi = FakePulumi(
        {EXPORT: (0, json.dumps({"deployment": {"pending_operations": [{}, {}]}}), "")}
    )
    ensure_stack(pulumi, "dev")
    assert pulumi.calls[-1] == (
        "refresh --stack dev --yes --skip-preview --clear-pending-creates --skip-config-validation"
    )
    (message,) = messages
    assert message == (
        "An update was interrupted (2 unfinished operations). "
        "Refreshing the state from the Docker host"
    )
    broken = FakePulumi({EXPORT: pulumi.answers[EXPORT], "refresh": (255, "", "")})
    assert error_of(ensure_stack, broken, "dev") == (
        "Refresh of stack dev failed. Fix the error above and run this command again."
    )


def test_outputs() -> None:
    pulumi = FakePulumi({"stack output": (0, '{"endpoint": "https://localhost"}', "")})
    assert read_outputs(pulumi, "dev", secrets=False) == {"endpoint": "https://localhost"}
    read_outputs(pulumi, "dev", secrets=True)
    assert pulumi.calls == [
        "stack output --stack dev --json",
        "stack output --stack dev --json --show-secrets",
    ]


def test_outputs_of_missing_stack() -> None:
    pulumi = FakePulumi({"stack output": (255, "", "error: no stack named 'dev' found\n")})
    assert read_outputs(pulumi, "dev", secrets=False) == {}


def test_outputs_fail() -> None:
    pulumi = FakePulumi({"stack output": (255, "", "error: no stack\n")})
    assert error_of(read_outputs, pulumi, "dev", secrets=False) == "error: no stack"
    pulumi.answers["stack output"] = (255, "on standard output\n", "")
    assert error_of(read_outputs, pulumi, "dev", secrets=False) == "on standard output"
