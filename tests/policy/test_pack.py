"""The policy pack: metadata of the policies, configuration files, and shared constants."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from pulumi_policy import EnforcementLevel

from cli.paths import ROOT
from cli.policy import PACK
from common import labels
from components.servers import paths
from components.settings import ADMIN
from policy.policies import POLICIES, image
from policy.policy import Policy
from tools.settings_rows import settings_rows

SETTINGS = {row.key for row in settings_rows()}
CONFIGS = sorted(PACK.glob("*.json"))

each_policy = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: str(policy.name))


def test_policy_names_are_unique() -> None:
    names = [rule.name for rule in POLICIES]
    assert len(set(names)) == len(names), "the configuration refers to policies by name"
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", name) for name in names), "kebab case"


@each_policy
def test_policy_names_setting_and_fix(policy: Policy) -> None:
    for text in (policy.description, policy.reason):
        assert re.fullmatch(r"[A-Z`].+\.", text), "sentences"
    assert policy.settings or "transformation in the program" in policy.remediation, (
        "a key, or the reason that there is none"
    )
    assert set(policy.settings) <= SETTINGS, "an existing key"
    assert not policy.settings or any(key in policy.remediation for key in policy.settings), (
        "the remediation names the key"
    )
    steps = (policy.remediation, policy.remediation_elsewhere)
    assert not any(step.endswith(".") for step in steps), "the message ends the sentence"


@each_policy
def test_policy_metadata_is_complete(policy: Policy) -> None:
    shown = policy.to_pulumi()
    assert (shown.name, shown.description, shown.severity) == (
        policy.name,
        policy.full_description,
        policy.severity,
    ), "as the console shows it"
    assert (shown.enforcement_level, shown.remediation_steps) == (
        policy.level,
        policy.remediation_steps,
    ), "as the console shows it"
    assert policy.level in (EnforcementLevel.MANDATORY, EnforcementLevel.ADVISORY), (
        "only configuration enables a remediation"
    )


@each_policy
def test_option_defaults_match_schema(policy: Policy) -> None:
    for key, option in policy.all_options.items():
        jsonschema.validate(option.default, dict(option.schema))
        assert re.match(r"^[A-Z].+\.$", option.description), (
            f"{key} has a sentence as its description"
        )


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: str(path.name))
def test_configuration_is_valid(path: Path) -> None:
    policies = {policy.name: policy for policy in POLICIES}
    for name, given in json.loads(path.read_text()).items():
        assert name in policies, "an existing policy"
        for key, value in given.items():
            if key == "enforcementLevel":
                assert value in {level.value for level in EnforcementLevel}, "an existing level"
            else:
                jsonschema.validate(value, dict(policies[name].all_options[key].schema))


@pytest.mark.parametrize(
    "policy",
    [image.IMAGE_PINNED, image.IMAGE_REGISTRY],
    ids=lambda policy: str(policy.name),
)
def test_image_fix_names_option_and_file(policy: Policy) -> None:
    (option,) = policy.options
    assert (
        f"under {policy.name}.{option} in policy/<stack>.json (policy/dev.json is an example)"
        in policy.remediation
    )
    assert option in json.loads((PACK / "dev.json").read_text())[policy.name], "the example has it"


def test_shipped_stacks_have_a_configuration() -> None:
    stacks = {
        path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        for path in ROOT.glob("Pulumi.*.yaml")
    }
    assert {path.stem for path in CONFIGS} >= stacks & {"dev", "prod"}, (
        "the file has the name of its stack"
    )


def test_pack_uses_the_programs_environment() -> None:
    project = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text())
    assert (PACK / project["runtime"]["options"]["virtualenv"]).resolve() == (
        ROOT / ".venv"
    ).resolve(), "`make up` installs one environment"


def test_shared_constants_match_the_program() -> None:
    by_name = {policy.name: policy for policy in POLICIES}
    directories = by_name["container-config-read-only"].options["directories"].default
    assert {paths.AUTH_DIRECTORY, paths.CERTIFICATE_DIRECTORY} <= set(directories), (
        "the program mounts its configuration there"
    )
    assert by_name["htpasswd-admin"].options["user"].default == ADMIN, "the user with write access"
    assert set(by_name["container-ownership-labels"].options["labels"].default) == set(
        labels.Owner("p", "s", "c").labels
    ), "the labels that the program writes"


def test_pack_imports_no_slow_module() -> None:
    slow = {
        "components",
        "cryptography",
        "bcrypt",
        "pydantic",
        "docker",
        "pulumi_docker",
        "pulumi_tls",
        "cli",
    }
    for path in PACK.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in tree.body:  # Functions may import slow modules if they need them.
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not {name.partition(".")[0] for name in names} & slow, (
                f"{path.name}: every preview would wait for it"
            )


def test_pack_shadows_no_standard_module() -> None:
    names = {path.stem for path in PACK.glob("*.py")}
    assert not names & sys.stdlib_module_names, "Pulumi puts the pack's directory on Python's path"


def test_pack_catches_no_broad_exception() -> None:
    for path in PACK.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else ""
                assert caught not in ("", "Exception", "BaseException"), (
                    f"{path.name}: a policy that fails must not count as passed"
                )
