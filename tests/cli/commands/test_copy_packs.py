"""``make copy-packs``: what it refuses before it sends a request."""

from __future__ import annotations

import json

import pytest

from tests.cli.commands.fakes import OUTPUTS, run
from tests.support.commands import FakePulumi


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "FROM is not set. Set it to the stack that has the packs (for example, FROM=prod)."),
        ("a/b", "STACK: invalid stack name."),
        ("dev", "FROM and STACK are both dev."),
        ("missing", "FROM: Pulumi.missing.yaml does not exist. Must be a stack that has a file ("),
        ("prd", 'FROM: Pulumi.prd.yaml does not exist. Did you mean "prod"? Must be a stack '),
    ],
)
def test_invalid_source(pulumi: FakePulumi, source: str, message: str) -> None:
    result = run("copy-packs", "--source", source)
    assert result.exit_code == 1
    assert message in result.stderr


def test_pack_registry(pulumi: FakePulumi) -> None:
    values = {**OUTPUTS, "catalogUrl": "https://registry.example.com/v1/_catalog"}
    pulumi.answers["stack output"] = (0, json.dumps(values), "")
    result = run("copy-packs", "--source", "dev", "--stack", "prod")
    assert result.exit_code == 1
    assert "The registry of stack dev has flavor pack." in result.stderr


def test_unknown_password(pulumi: FakePulumi) -> None:
    values = {
        **OUTPUTS,
        "catalogUrl": "https://registry.example.com/v2/_catalog",
        "adminPassword": "",
    }
    pulumi.answers["stack output"] = (0, json.dumps(values), "")
    result = run("copy-packs", "--source", "dev", "--stack", "prod")
    assert result.exit_code == 1
    assert "The password of admin of stack dev is unknown" in result.stderr
