"""The policy configuration of a stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel
from syrupy.assertion import SnapshotAssertion

from cli import policy
from cli.console import CommandError
from cli.policy import LEVELS, policy_arguments


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stack's configuration in an empty pack."""
    pack = tmp_path / "policy"
    pack.mkdir()
    monkeypatch.setattr(policy, "PACK", pack)
    return pack / "oci.json"


def issues(file: Path, text: str) -> list[str]:
    file.write_text(text)
    with pytest.raises(CommandError) as raised:
        policy_arguments("oci", None)
    first, *lines = raised.value.message.splitlines()
    count = "1 issue" if len(lines) == 1 else f"{len(lines)} issues"
    assert first == (
        f"Found {count} in the policy configuration of stack oci. No changes were made."
    )
    return [line.removeprefix("  - ") for line in lines]


INVALID: dict[str, Any] = {
    "policy name": {"image-registy": {"registries": []}},
    "unknown policy": {"quota": "mandatory"},
    "option name": {"image-registry": {"registies": []}},
    "unknown option": {"image-registry": {"x": 1}},
    "level key": {"image-registry": {"enforcement_level": "disabled"}},
    "list type": {"container-restart-policy": {"allowed": "always"}},
    "item type": {"image-pinned": {"unpinned": [1]}},
    "number type": {"htpasswd-cost": {"min": "5"}},
    "small number": {"certificate-validity": {"maxDays": 0}},
    "string type": {"htpasswd-admin": {"user": None}},
    "level": {"image-registry": {"enforcementLevel": "warn"}},
    "level of policy": {"image-registry": "off"},
    "policy type": {"image-registry": ["docker.io"]},
    "level of all": {"all": 1},
    "option of all": {"all": {"exempt": []}},
    "list of policies": ["image-registry"],
}


@pytest.mark.parametrize("case", INVALID)
def test_invalid_configuration(file: Path, case: str, snapshot: SnapshotAssertion) -> None:
    """`make snapshots` renews the messages."""
    assert issues(file, json.dumps(INVALID[case])) == snapshot


def test_all_issues_are_reported(file: Path) -> None:
    wrong = {
        "image-registy": {},
        "image-pinned": {"unpined": [], "exempt": "x", "enforcementLevel": 1},
    }
    assert len(issues(file, json.dumps(wrong))) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n  "all": "advisory",\n    open\n}', "line 3, column 5: "),
        ("{", "line 1, column 2: "),
        ("[" * 100000, ""),
    ],
)
def test_invalid_json(file: Path, text: str, message: str) -> None:
    (sentence,) = issues(file, text)
    assert sentence.startswith(f"policy/oci.json is not valid JSON: {message}")


def test_unreadable_file(file: Path) -> None:
    file.write_bytes("{ü}".encode("latin-1"))
    with pytest.raises(CommandError, match=r"policy/oci\.json is not valid JSON: "):
        policy_arguments("oci", None)
    file.unlink()
    file.mkdir()
    with pytest.raises(CommandError, match=r"policy/oci\.json can't be read \(Is a directory\)"):
        policy_arguments("oci", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"all": "advisory", "image-registry": {"exempt": ["x"], "enforcementLevel": "disabled"}}',
        '{"image-pinned": "disabled", "certificate-validity": {"maxDays": 30.5}}',
        '{"http-port-not-public": {"httpPorts": [80]}, "image-registry": {"registries": ["a.io"]}}',
    ],
)
def test_valid_configuration(file: Path, text: str) -> None:
    file.write_text(text)
    assert policy_arguments("oci", None) == [
        "--policy-pack",
        str(file.parent),
        "--policy-pack-config",
        str(file),
    ]


def test_disabled_policies(file: Path) -> None:
    file.write_text("{")
    assert policy_arguments("oci", requested=False) == []
    assert policy_arguments("edge", None) == ["--policy-pack", str(file.parent)]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_shipped_configurations(stack: str) -> None:
    assert "--policy-pack-config" in policy_arguments(stack, requested=True)


def test_levels_match_pulumi() -> None:
    assert set(LEVELS) == {level.value for level in EnforcementLevel}
