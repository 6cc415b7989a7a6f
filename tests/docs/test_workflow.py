"""The example workflows are valid and name existing files and versions."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.paths import ROOT
from tests.support.processes import find_program

WORKFLOW = ROOT / "docs" / "examples" / "github-actions.yml"
PACKS = ROOT / "docs" / "examples" / "github-actions-packs.yml"
BOTH = pytest.mark.parametrize("workflow", [WORKFLOW, PACKS], ids=lambda path: path.stem)


def jobs(workflow: Path = WORKFLOW) -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load(workflow.read_text())["jobs"])


def all_steps(workflow: Path = WORKFLOW) -> list[dict[str, Any]]:
    return [step for job in jobs(workflow).values() for step in job["steps"]]


def steps(action: str, name: str = "") -> list[dict[str, Any]]:
    """The steps that use an action, of one job or of all."""
    return [
        step
        for step in (jobs()[name]["steps"] if name else all_steps())
        if step.get("uses", "").startswith(f"{action}@")
    ]


@BOTH
def test_actionlint_accepts_workflow(workflow: Path) -> None:
    command = find_program("actionlint")
    if command is None:
        pytest.skip("actionlint can't be found; `make tools` builds it where Go is")
    linted = subprocess.run(
        [
            command,
            "-no-color",
            "-shellcheck",
            str(ROOT / ".venv" / "bin" / "shellcheck"),
            str(workflow),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout


@BOTH
def test_actions_are_pinned_by_commit(workflow: Path) -> None:
    lines = [
        line.strip()
        for line in workflow.read_text(encoding="utf-8").splitlines()
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


@BOTH
def test_pulumi_version_is_the_sdk_version(workflow: Path) -> None:
    sdk = re.search(r"^pulumi==([^ ]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert sdk
    installed = [step["with"] for step in all_steps(workflow) if "pulumi" in step.get("uses", "")]
    assert {each["pulumi-version"] for each in installed} == {sdk[1]}, (
        "the CLI has the version of the SDK"
    )


@BOTH
def test_secrets_are_not_in_scripts(workflow: Path) -> None:
    for step in all_steps(workflow):
        assert "${{" not in step.get("run", ""), "the log shows the script"
        assert "SECRETS=1" not in step.get("run", "")


def test_outputs_are_not_logged() -> None:
    assert {
        step["with"].get("suppress-outputs")
        for step in steps("pulumi/actions")
        if step["with"]["command"] == "up"
    } == {True}


def test_packs_are_published_from_main_only() -> None:
    check, publish = jobs(PACKS)["check"], jobs(PACKS)["publish"]
    assert yaml.safe_load(PACKS.read_text())[True]["push"] == {"branches": ["main"]}
    assert (publish["needs"], publish["if"]) == ("check", "github.event_name == 'push'")
    assert "environment" not in check, "the check needs no state and no passphrase"
    assert "PULUMI" not in str(check)
    assert yaml.safe_load(PACKS.read_text())["permissions"] == {"contents": "read"}
    checkouts = [step for step in all_steps(PACKS) if "checkout" in step.get("uses", "")]
    assert {step["with"]["persist-credentials"] for step in checkouts} == {False}
