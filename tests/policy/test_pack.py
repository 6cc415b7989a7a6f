"""The pack as a whole: what its rules say of themselves, its configuration files, and what it has in common with the program."""

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

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.name))


def test_no_name_is_there_twice() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names), "configuration goes by the name"
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", name) for name in names), "kebab case"


@every_rule
def test_a_rule_says_what_it_wants_and_which_key_to_change(rule: Rule) -> None:
    assert re.match(r"^[A-Z].+\.$", rule.description, re.DOTALL), "a sentence"
    assert (
        rule.keys
        or "so a transformation in the program has" in rule.fix
        or "volume that was there" in rule.fix
    ), "a key, or why there is none"
    assert set(rule.keys) <= SETTINGS, "a key that there is"
    assert not rule.keys or any(key in rule.fix for key in rule.keys), "the fix names the key"
    assert not (rule.fix + rule.elsewhere).endswith("."), "the message ends the sentence"


@every_rule
def test_a_rule_becomes_a_policy_that_has_all_of_it(rule: Rule) -> None:
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
        "a remediation is asked for by configuration"
    )


@every_rule
def test_the_defaults_of_a_rule_are_what_its_schema_allows(rule: Rule) -> None:
    for key, option in rule.all_options.items():
        jsonschema.validate(option.default, dict(option.schema))
        assert re.match(r"^[A-Z].+\.$", option.text), f"{key} is described in a sentence"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: str(path.name))
def test_a_configuration_names_rules_and_options_that_there_are(path: Path) -> None:
    rules = {rule.name: rule for rule in RULES}
    for name, given in json.loads(path.read_text()).items():
        assert name in rules, "a rule that there is"
        for key, value in given.items():
            if key == "enforcementLevel":
                assert value in {level.value for level in EnforcementLevel}, "a level that there is"
            else:
                jsonschema.validate(value, dict(rules[name].all_options[key].schema))


@pytest.mark.parametrize(
    "rule", [image.IMAGE_PINNED, image.IMAGE_REGISTRY], ids=lambda rule: str(rule.name)
)
def test_a_refused_image_is_told_with_the_option_that_allows_it_and_the_file(rule: Rule) -> None:
    (option,) = rule.options
    assert (
        f"under {rule.name}.{option} in policy/<stack>.json (policy/dev.json is an example)"
        in rule.fix
    )
    assert option in json.loads((PACK / "dev.json").read_text())[rule.name], "the example has it"


def test_every_shipped_stack_has_its_configuration() -> None:
    stacks = {path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")}
    assert {path.stem for path in CONFIGS} >= stacks & {"dev", "prod"}, "the conventional place"


def test_the_pack_is_run_in_the_programs_environment() -> None:
    project = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text())
    assert (PACK / project["runtime"]["options"]["virtualenv"]).resolve() == (
        ROOT / ".venv"
    ).resolve(), "`make up` installs one environment"


def test_what_the_rules_know_of_the_program_is_as_the_program_has_it() -> None:
    known = (docker.LABELS, docker.PIDS_LABEL, docker.DATA_LABEL, docker.TLS_LABEL)
    assert known == (labels.PREFIX, labels.PIDS_LABEL, labels.DATA_LABEL, labels.TLS_LABEL), (
        "the pack imports none of the program, for that takes half a second"
    )
    written = {
        label
        for rule in RULES
        if rule.name == "container-ownership-labels"
        for label in rule.options["labels"].default
    }
    assert written == set(labels.Owner("p", "s", "c").labels), "what the program writes"
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
    ), "who may write"


def test_the_pack_imports_nothing_that_is_slow() -> None:
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
        for (
            node
        ) in tree.body:  # what is imported at the top, whatever functions import when they need it
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not {name.partition(".")[0] for name in names} & slow, (
                f"{path.name}: a preview waits for it"
            )


def test_nothing_in_the_pack_catches_everything() -> None:
    for path in PACK.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else ""
                assert caught not in ("", "Exception", "BaseException"), (
                    f"{path.name}: a rule that fails must not pass for content"
                )
