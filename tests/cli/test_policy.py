"""A stack's configuration of the policy pack: what is wrong with it is told at once, with the file, before anything is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel

from cli import policy
from cli.console import CommandError
from cli.policy import LEVELS, policy_arguments


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stack's configuration, in a pack of its own."""
    pack = tmp_path / "policy"
    pack.mkdir()
    monkeypatch.setattr(policy, "PACK", pack)
    return pack / "oci.json"


def refused(file: Path, text: str) -> list[str]:
    file.write_text(text)
    with pytest.raises(CommandError) as raised:
        policy_arguments("oci", None)
    first, *lines = raised.value.message.splitlines()
    count = "1 fault is" if len(lines) == 1 else f"{len(lines)} faults are"
    assert first == f"{count} in the policy configuration of stack oci; nothing was touched."
    return [line.removeprefix("  - ") for line in lines]


WRONG: dict[str, tuple[Any, str]] = {
    "a rule's name": (
        {"image-registy": {"registries": []}},
        'there is no rule image-registy; did you mean "image-registry"?',
    ),
    "no rule at all": (
        {"quota": "mandatory"},
        "there is no rule quota; docs/policy.md has them all",
    ),
    "an option's name": (
        {"image-registry": {"registies": []}},
        'image-registry has no option registies; did you mean "registries"?',
    ),
    "no option at all": (
        {"image-registry": {"x": 1}},
        "image-registry has no option x; allowed is registries, exempt, enforcementLevel",
    ),
    "a level's key": (
        {"image-registry": {"enforcement_level": "disabled"}},
        'image-registry has no option enforcement_level; did you mean "enforcementLevel"?',
    ),
    "a list's type": (
        {"container-restart-policy": {"allowed": "always"}},
        'container-restart-policy.allowed: "always" is not allowed; allowed is a list of strings, for example ["always", "unless-stopped"]',
    ),
    "an item's type": (
        {"image-pinned": {"unpinned": [1]}},
        "image-pinned.unpinned: [1] is not allowed; allowed is a list of strings",
    ),
    "a number's type": (
        {"htpasswd-cost": {"min": "5"}},
        'htpasswd-cost.min: "5" is not allowed; allowed is a number of 4 or more, for example 5',
    ),
    "a number that is too small": (
        {"certificate-validity": {"maxDays": 0}},
        "certificate-validity.maxDays: 0 is not allowed; allowed is a number of 1 or more, for example 825",
    ),
    "a text's type": (
        {"htpasswd-admin": {"user": None}},
        'htpasswd-admin.user: null is not allowed; allowed is a string, for example "admin"',
    ),
    "a level": (
        {"image-registry": {"enforcementLevel": "warn"}},
        'image-registry.enforcementLevel: "warn" is not allowed; allowed is one of mandatory, advisory, disabled, remediate',
    ),
    "a level by itself": (
        {"image-registry": "off"},
        'image-registry: "off" is not allowed; allowed is one of mandatory, advisory, disabled, remediate, or a group of its options',
    ),
    "a rule's type": (
        {"image-registry": ["docker.io"]},
        'image-registry: ["docker.io"] is not allowed; allowed is one of mandatory, advisory, disabled, remediate, or a group of its options',
    ),
    "a level of all rules": (
        {"all": 1},
        "all: 1 is not allowed; allowed is one of mandatory, advisory, disabled, remediate",
    ),
    "an option of all rules": (
        {"all": {"exempt": []}},
        "all has no option exempt; allowed is enforcementLevel",
    ),
    "no rules": (
        ["image-registry"],
        '["image-registry"] is not allowed; allowed is a group of rules, each with its options',
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_pulumi_would_not_tell_is_told_with_the_file(file: Path, case: str) -> None:
    config, sentence = WRONG[case]
    assert refused(file, json.dumps(config)) == [f"policy/oci.json: {sentence}"]


def test_all_faults_are_told_at_once(file: Path) -> None:
    wrong = {
        "image-registy": {},
        "image-pinned": {"unpined": [], "exempt": "x", "enforcementLevel": 1},
    }
    assert len(refused(file, json.dumps(wrong))) == 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n  "all": "advisory",\n    open\n}', "line 3, column 5: "),
        ("{", "line 1, column 2: "),
        ("[" * 100000, ""),
    ],
)
def test_broken_json_is_told_with_its_place(file: Path, text: str, told: str) -> None:
    (sentence,) = refused(file, text)
    assert sentence.startswith(f"policy/oci.json is no valid JSON: {told}")


def test_a_file_that_is_no_text_or_no_file_is_told_too(file: Path) -> None:
    file.write_bytes("{ü}".encode("latin-1"))
    with pytest.raises(CommandError, match=r"policy/oci\.json is no valid JSON: "):
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
        '{"all": "advisory", "image-registry": {"registries": ["docker.io"], "exempt": ["x"], "enforcementLevel": "disabled"}}',
        '{"image-pinned": "disabled", "http-port-not-public": {"httpPorts": [80]}, "certificate-validity": {"maxDays": 30.5}}',
    ],
)
def test_what_is_right_is_handed_on(file: Path, text: str) -> None:
    file.write_text(text)
    assert policy_arguments("oci", None) == [
        "--policy-pack",
        str(file.parent),
        "--policy-pack-config",
        str(file),
    ]


def test_what_judges_nothing_is_not_read(file: Path) -> None:
    file.write_text("{")
    assert policy_arguments("oci", asked=False) == []
    assert policy_arguments("edge", None) == ["--policy-pack", str(file.parent)], "another stack's"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_shipped_configurations_are_right(stack: str) -> None:
    assert "--policy-pack-config" in policy_arguments(stack, asked=True)


def test_the_levels_are_pulumis() -> None:
    assert set(LEVELS) == {level.value for level in EnforcementLevel}
