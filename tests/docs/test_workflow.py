"""The example workflow is valid and names existing files and versions."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml

from cli.paths import ROOT
from tests.support.processes import find_program

WORKFLOW = ROOT / "docs" / "examples" / "github-actions.yml"


def jobs() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load(WORKFLOW.read_text())["jobs"])


def all_steps() -> list[dict[str, Any]]:
    return [step for job in jobs().values() for step in job["steps"]]


def steps(action: str, name: str = "") -> list[dict[str, Any]]:
    """The steps that use an action, of one job or of all."""
    return [
        step
        for step in (jobs()[name]["steps"] if name else all_steps())
        if step.get("uses", "").startswith(f"{action}@")
    ]


def test_actionlint_accepts_workflow() -> None:
    command = find_program("actionlint")
    if command is None:
        pytest.skip("actionlint can't be found; `make tools` builds it where Go is")
    linted = subprocess.run(
        [
            command,
            "-no-color",
            "-shellcheck",
            str(ROOT / ".venv" / "bin" / "shellcheck"),
            str(WORKFLOW),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout


def test_actions_are_pinned_by_commit() -> None:
    lines = [
        line.strip()
        for line in WORKFLOW.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    pinned = r"(?:- )?uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
    assert len(lines) == 4
    assert [line for line in lines if not re.fullmatch(pinned, line)] == []


def test_only_previews_may_write_comments() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    found = {name: job.get("permissions") for name, job in workflow["jobs"].items()}
    assert found == {"preview": {"contents": "read", "pull-requests": "write"}, "up": None}


def test_pull_requests_preview_and_pushes_update() -> None:
    preview, update = jobs()["preview"], jobs()["up"]
    commands = {
        name: [step["with"]["command"] for step in steps("pulumi/actions", name)] for name in jobs()
    }
    assert commands == {"preview": ["preview"], "up": ["preview", "up"]}, (
        "the action's update does not preview"
    )
    assert (update["needs"], update["if"]) == ("preview", "github.event_name == 'push'"), (
        "never from a pull request"
    )
    assert "github.event_name == 'push' ||" in preview["if"], "on both events"
    assert yaml.safe_load(WORKFLOW.read_text())[True]["push"] == {"branches": ["main"]}, (
        "YAML 1.1 reads the key `on` as true"
    )
    assert preview["environment"] == "${{ matrix.stack }}-preview", (
        "reviewers or a branch rule would block the preview of a pull request"
    )
    assert update["environment"] == "${{ matrix.stack }}", (
        "each environment has its own secrets and reviewers"
    )
    assert update["strategy"]["max-parallel"] == 1, "one stack after the other"
    assert update["strategy"]["matrix"] == preview["strategy"]["matrix"], (
        "the same stacks are previewed and updated"
    )


def test_policies_check_every_stack() -> None:
    for stack in jobs()["up"]["strategy"]["matrix"]["stack"]:
        assert (ROOT / f"Pulumi.{stack}.yaml").exists(), "the stack file exists"
        for step in steps("pulumi/actions"):
            assert (ROOT / step["with"]["policyPacks"] / "PulumiPolicy.yaml").exists(), (
                "the policy pack exists"
            )
            assert (
                ROOT / step["with"]["policyPackConfigs"].replace("${{ matrix.stack }}", stack)
            ).exists(), "its configuration exists"


def test_pulumi_version_is_the_sdk_version() -> None:
    sdk = re.search(r"^pulumi==([^ ]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert sdk
    assert {step["with"]["pulumi-version"] for step in steps("pulumi/actions")} == {sdk[1]}, (
        "the CLI has the version of the SDK"
    )


def test_secrets_are_not_logged() -> None:
    for step in all_steps():
        assert "secrets." not in step.get("run", ""), "the log shows the script"
    assert {
        step["with"].get("suppress-outputs")
        for step in steps("pulumi/actions")
        if step["with"]["command"] == "up"
    } == {True}, "nor outputs"
