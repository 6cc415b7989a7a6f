"""The policy pack: its policies' metadata, its configuration files, and what it shares with the program."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from pulumi_policy import EnforcementLevel

from cli.paths import ROOT
from cli.policy import PACK
from common import labels
from components.servers.distribution import paths
from components.settings import ADMIN
from policy.policies import RULES, docker, image
from policy.policy import Rule
from tools import reference

SETTINGS = {row[0] for row in reference.settings_table()}
CONFIGS = sorted(PACK.glob("*.json"))

each_policy = pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.name))


def test_policy_names_are_unique() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names), "the configuration refers to policies by name"
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", name) for name in names), "kebab case"


@each_policy
def test_policy_names_setting_and_fix(rule: Rule) -> None:
    assert re.match(r"^[A-Z].+\.$", rule.description, re.DOTALL), "a sentence"
    assert (
        rule.keys
        or "so a transformation in the program has" in rule.fix
        or "volume that was there" in rule.fix
    ), "a key, or the reason that there is none"
    assert set(rule.keys) <= SETTINGS, "an existing key"
    assert not rule.keys or any(key in rule.fix for key in rule.keys), "the fix names the key"
    assert not (rule.fix + rule.elsewhere).endswith("."), "the message ends the sentence"


@each_policy
def test_policy_metadata_is_complete(rule: Rule) -> None:
    policy = rule.policy()
    assert (policy.name, policy.description, policy.severity) == (
        rule.name,
        rule.description,
        rule.severity,
    ), "as the console shows it"
    assert (policy.enforcement_level, policy.remediation_steps) == (rule.level, rule.remediation), (
        "as the console shows it"
    )
    assert rule.level in (EnforcementLevel.MANDATORY, EnforcementLevel.ADVISORY), (
        "only configuration enables a remediation"
    )


@each_policy
def test_option_defaults_match_schema(rule: Rule) -> None:
    for key, option in rule.all_options.items():
        jsonschema.validate(option.default, dict(option.schema))
        assert re.match(r"^[A-Z].+\.$", option.text), f"{key} has a sentence as its description"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: str(path.name))
def test_configuration_is_valid(path: Path) -> None:
    rules = {rule.name: rule for rule in RULES}
    for name, given in json.loads(path.read_text()).items():
        assert name in rules, "an existing policy"
        for key, value in given.items():
            if key == "enforcementLevel":
                assert value in {level.value for level in EnforcementLevel}, "an existing level"
            else:
                jsonschema.validate(value, dict(rules[name].all_options[key].schema))


@pytest.mark.parametrize(
    "rule", [image.IMAGE_PINNED, image.IMAGE_REGISTRY], ids=lambda rule: str(rule.name)
)
def test_image_fix_names_option_and_file(rule: Rule) -> None:
    (option,) = rule.options
    assert (
        f"under {rule.name}.{option} in policy/<stack>.json (policy/dev.json is an example)"
        in rule.fix
    )
    assert option in json.loads((PACK / "dev.json").read_text())[rule.name], "the example has it"


def test_shipped_stacks_have_a_configuration() -> None:
    stacks = {path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")}
    assert {path.stem for path in CONFIGS} >= stacks & {"dev", "prod"}, (
        "the file has the name of its stack"
    )


def test_pack_uses_the_programs_environment() -> None:
    project = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text())
    assert (PACK / project["runtime"]["options"]["virtualenv"]).resolve() == (
        ROOT / ".venv"
    ).resolve(), "`make up` installs one environment"


def test_shared_constants_match_the_program() -> None:
    known = (docker.LABELS, docker.PIDS_LABEL, docker.DATA_LABEL, docker.TLS_LABEL)
    assert known == (labels.PREFIX, labels.PIDS_LABEL, labels.DATA_LABEL, labels.TLS_LABEL), (
        "the pack imports nothing from the program because that takes half a second"
    )
    written = {
        label
        for rule in RULES
        if rule.name == "container-ownership-labels"
        for label in rule.options["labels"].default
    }
    assert written == set(labels.Owner("p", "s", "c").labels), "the labels that the program writes"
    directories = (
        next(rule for rule in RULES if rule.name == "container-config-read-only")
        .options["directories"]
        .default
    )
    assert {paths.AUTH_DIRECTORY, paths.CERTIFICATE_DIRECTORY} <= set(directories), (
        "where the program mounts its configuration"
    )
    assert (
        next(rule for rule in RULES if rule.name == "htpasswd-admin").options["user"].default
        == ADMIN
    ), "the user who may write"


def test_pack_imports_no_slow_module() -> None:
    slow = {
        "components",
        "cryptography",
        "bcrypt",
        "pydantic",
        "docker",
        "pulumi_docker",
        "pulumi_tls",
        "ops",
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


def test_pack_catches_no_broad_exception() -> None:
    for path in PACK.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else ""
                assert caught not in ("", "Exception", "BaseException"), (
                    f"{path.name}: a policy that fails must not count as passed"
                )
