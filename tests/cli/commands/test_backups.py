"""``make backup``, ``restore`` and ``drill``: what they refuse before they change anything."""

from __future__ import annotations

import json

import pytest

from cli.backups.packs import StackPacks
from cli.console import CommandError
from components.settings import Settings
from tests.cli.commands.fakes import run
from tests.support.commands import FakePulumi


@pytest.mark.parametrize("command", ["backup", "restore", "drill"])
def test_place_is_required(command: str) -> None:
    result = run(command)
    assert result.exit_code == 1
    assert "FILE is not set." in result.stderr


@pytest.mark.parametrize(
    ("command", "option", "variable"),
    [("backup", "recipients", "RECIPIENTS"), ("drill", "identity", "IDENTITY")],
)
def test_missing_keys(command: str, option: str, variable: str) -> None:
    result = run(command, "--place", "/backups", f"--{option}", "/missing")
    assert result.exit_code == 1
    assert f'{variable}: "/missing" is not a file.' in result.stderr


def test_stack_without_registry(pulumi: FakePulumi) -> None:
    pulumi.answers["stack output"] = (0, json.dumps({}), "")
    result = run("backup", "--place", "/backups")
    assert result.exit_code == 1
    assert "Stack dev has no registry." in result.stderr


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("/missing", "FILE: /missing does not exist."),
        ("/missing.tar", "FILE: /missing.tar does not exist."),
        ("ftp://host/path", 'FILE: invalid value "ftp://host/path".'),
        ("s3://", 'FILE: invalid value "s3://".'),
    ],
)
def test_invalid_place(place: str, message: str) -> None:
    result = run("restore", "--place", place)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "No changes were made." in result.stderr


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"storage": {"kind": "memory"}}, "packs in memory can't be backed up"),
        ({"target": "kubernetes"}, "VolumeSnapshot"),
        ({"target": "kubernetes"}, "set storage.kind to s3"),
        ({"target": "kubernetes"}, "make copy-packs FROM=dev"),
    ],
)
def test_unsupported_storage(settings: dict[str, object], message: str) -> None:
    packs = StackPacks("dev", Settings(hostname="localhost", **settings), None, {})  # type: ignore[arg-type]
    with pytest.raises(CommandError, match=message):
        packs.ensure_supported()


def test_supported_storage() -> None:
    s3 = {"kind": "s3", "s3": {"bucket": "packs", "region": "x"}}
    for settings in ({}, {"storage": s3}, {"target": "kubernetes", "storage": s3}):
        packs = StackPacks("dev", Settings(hostname="localhost", **settings), None, {})  # type: ignore[arg-type]
        packs.ensure_supported()
