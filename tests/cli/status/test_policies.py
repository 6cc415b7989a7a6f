"""Policies are checked against Pulumi's record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import cli.policy
from cli.condition import Line, State
from cli.console import CommandError
from cli.status.checks import policies
from cli.status.checks.policies import check_policies
from tests.support.inspections import one, registry_of

TYPE = "docker:index/container:Container"
CONTAINER: dict[str, Any] = {
    "type": TYPE,
    "urn": f"urn:pulumi:prod::pack-registry::{TYPE}::other",
    "custom": True,
    "inputs": {"name": "other", "image": "example.com/x:1", "privileged": True},
    "outputs": {"name": "other", "image": "example.com/x:1", "privileged": True},
}


@pytest.fixture(autouse=True)
def pack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The directory with the policies' configuration, without a file."""
    for module in (policies, cli.policy):
        monkeypatch.setattr(module, "PACK", tmp_path)
    return tmp_path


def violated(*resources: dict[str, Any]) -> tuple[Line, list[str]]:
    line = one(check_policies(registry_of(None, *resources)))
    return line, line.figures["violated"]


def test_violation() -> None:
    line, names = violated(CONTAINER)
    assert line.state is State.ERROR
    assert "container-not-privileged" in names
    assert f"{len(names) + len(line.figures['advisories'])} policies are violated" in line.value
    assert "`make preview STACK=prod`" in line.fix


def test_resource_that_is_replaced() -> None:
    _, names = violated({**CONTAINER, "delete": True})
    assert "container-not-privileged" not in names


@pytest.mark.parametrize(
    "config",
    [
        {"container-not-privileged": "disabled"},
        {"container-not-privileged": {"exempt": ["other"]}},
        {"container-not-privileged": {"enforcementLevel": "advisory"}},
        {"all": "disabled"},
    ],
)
def test_configuration(pack: Path, config: dict[str, Any]) -> None:
    (pack / "prod.json").write_text(json.dumps(config))
    line, names = violated(CONTAINER)
    assert "container-not-privileged" not in names
    if "all" in config:
        assert line.state is State.OK


def test_invalid_configuration(pack: Path) -> None:
    (pack / "prod.json").write_text('{"no-such-policy": "disabled"}')
    with pytest.raises(CommandError, match="Unknown policy no-such-policy"):
        violated(CONTAINER)


def test_unchecked_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "policies_enabled", lambda *_: False)
    assert one(check_policies(registry_of(None, CONTAINER))).state is State.OK
