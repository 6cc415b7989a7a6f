"""The policy pack under the real engine: what it refuses, what it passes, and what it puts right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.policy import PACK
from policy.policies import RULES
from tests.engine.conftest import Factory
from tests.support.docker import (
    DEVELOPMENT_IMAGE,
    container_names,
    docker_is_missing,
    free_port,
    remove_all_of,
    skip_or_fail,
    unique_name,
)
from tests.support.engine import EngineRegistry, engine_is_missing
from tests.support.noncompliant import OFFICIAL, PINNED, compliant, noncompliant, shipped
from tests.support.previews import PROGRAMS, Judged, Programs, judged
from tests.support.project import copy_project

OTHERS = ("__main__", "complying", "complies", "certificate_expires_soon")
VIOLATING = sorted(path.stem for path in PROGRAMS.glob("*.py") if path.stem not in OTHERS)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")
    return Programs(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineRegistry]:
    """A stack of the program whose settings each test writes anew; it is only previewed."""
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")
    made = EngineRegistry(tmp_path_factory.mktemp("production"))
    yield made
    remove_all_of(made.stack_name)


def preview(
    made: EngineRegistry, settings: dict[str, Any], config: Path = PACK / "prod.json"
) -> Judged:
    """A preview of settings under a configuration of the pack."""
    made.settings = {**settings, "containerName": made.stack_name, "port": made.port}
    made.write()
    return judged(
        made.directory, made.environment, "preview", "--stack", made.stack_name, config=config
    )


def test_every_rule_that_refuses_has_a_violating_program() -> None:
    refusing = {rule.name for rule in RULES if rule.level.value == "mandatory"}
    assert {name.replace("_", "-") for name in VIOLATING} == refusing


@pytest.mark.parametrize("program", VIOLATING)
def test_a_violating_program_is_refused(programs: Programs, program: str) -> None:
    rule = next(rule for rule in RULES if rule.name == program.replace("_", "-"))
    refused = programs.preview(program)
    refused.expect_refused(rule.name)
    said = " ".join(refused.said.split())
    assert rule.description in said
    assert rule.remediation in said
    assert "hunter2" not in said


def test_a_program_that_complies_is_passed(programs: Programs) -> None:
    programs.preview("complies").expect_passed()


def test_a_certificate_that_ends_soon_is_pointed_out_and_not_refused(programs: Programs) -> None:
    passed = programs.preview("certificate_expires_soon")
    assert (passed.code, passed.rules(), passed.rules("advisory")) == (
        0,
        set(),
        {"certificate-expires-soon"},
    ), passed.said
    assert "the certificate of registry.example.com in /config/tls.crt expires on" in passed.said


def test_dev_is_passed(production: EngineRegistry) -> None:
    preview(production, shipped("dev"), PACK / "dev.json").expect_passed()


def test_the_example_of_production_is_told_which_key_to_change_and_no_other(
    production: EngineRegistry,
) -> None:
    refused = preview(production, shipped("prod"))
    refused.expect_refused("image-pinned")
    assert "Fix: add the image's digest to image (NAME:TAG@sha256:...)" in refused.said
    preview(production, {**shipped("prod"), "image": PINNED}).expect_passed()


def test_production_with_a_digest_and_a_provided_certificate_is_passed(
    production: EngineRegistry,
) -> None:
    preview(production, compliant()).expect_passed()


@pytest.mark.parametrize("what", noncompliant())
def test_production_with_a_weakened_default_is_refused(
    production: EngineRegistry, what: str
) -> None:
    change, rules = noncompliant()[what]
    preview(production, {**compliant(), **change}).expect_refused(*rules)


def test_rules_go_by_their_levels_and_leave_alone_what_they_are_told_to(
    production: EngineRegistry, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    levels = {
        "tls-required": {"enforcementLevel": "advisory"},
        "http-port-not-public": "disabled",
        "image-pinned": {"exempt": ["registry-image"]},
    }
    config.write_text(json.dumps(levels))
    weak = preview(production, {**compliant(), "tls": {"mode": "off"}, "image": OFFICIAL}, config)
    assert (weak.code, weak.rules(), weak.rules("advisory")) == (0, set(), {"tls-required"}), (
        weak.said
    )


def test_what_a_preview_does_not_know_is_refused_by_the_update_before_it_is_there(
    registry: Factory,
) -> None:
    made = registry(users=[{"name": "spectro", "cost": 4}])
    up = judged(
        made.directory,
        made.environment,
        "up",
        "--stack",
        made.stack_name,
        "--yes",
        config=PACK / "dev.json",
    )
    up.expect_refused("htpasswd-cost")
    assert "line 2 (spectro): the bcrypt cost is 4" in up.said
    others = {
        f"{made.stack_name}-config-certificate-writer"
    }  # it waits for the key alone, which may be there by then
    assert made.containers() <= others, "no server was given such users"

    made.write(users=[{"name": "spectro"}])
    judged(
        made.directory,
        made.environment,
        "up",
        "--stack",
        made.stack_name,
        "--yes",
        config=PACK / "dev.json",
    ).expect_passed()
    judged(
        made.directory,
        made.environment,
        "preview",
        "--stack",
        made.stack_name,
        "--expect-no-changes",
        config=PACK / "dev.json",
    ).expect_passed()


@pytest.mark.parametrize(
    "program", ["container_restart_policy", "container_log_rotation", "container_ownership_labels"]
)
def test_a_remediation_puts_right_what_it_is_asked_to(
    programs: Programs, tmp_path: Path, program: str
) -> None:
    config = tmp_path / "remediate.json"
    config.write_text(json.dumps({program.replace("_", "-"): "remediate"}))
    done = programs.preview(program, config=config)
    assert done.code == 0, done.said
    assert f"[remediate]  {program.replace('_', '-')}" in done.said
    assert done.rules() == set()


def ops(project: Path, *arguments: str) -> Judged:
    """A command of the Makefile in a copy of the project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    environment = {
        **kept,
        "PULUMI_HOME": str(project / ".pulumi"),
        "PATH": f"{Path.home() / '.pulumi/bin'}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Judged(done.returncode, done.stdout + done.stderr)


def test_every_stack_but_dev_is_judged_before_it_is_touched(tmp_path: Path) -> None:
    copy_project(tmp_path)
    stack = unique_name("test")
    settings = {
        "hostname": "localhost",
        "containerName": stack,
        "port": free_port(),
        "bindAddress": "127.0.0.1",
        "image": DEVELOPMENT_IMAGE,
    }
    for name in (stack, "dev"):
        text = yaml.safe_dump(
            {"config": {f"pack-registry:{key}": value for key, value in settings.items()}}
        )
        (tmp_path / f"Pulumi.{name}.yaml").write_text(text)

    refused = ops(tmp_path, "preview", "--stack", stack)
    refused.expect_refused("image-pinned", "image-registry", "certificate-validity")
    update = ops(tmp_path, "up", "--stack", stack)
    update.expect_refused("image-pinned", "image-registry", "certificate-validity")
    ending = f"x The update of {stack} failed, for the reason above; nothing is lost, mend it and run `make up STACK={stack}` again."
    assert update.said.rstrip().endswith(ending)
    assert container_names(stack) == set(), "nothing was touched"

    allowed = ops(tmp_path, "preview", "--stack", stack, "--no-policy")
    assert (allowed.code, "Policies:" in allowed.said) == (0, False)
    unasked = ops(tmp_path, "preview", "--stack", "dev")
    assert (unasked.code, "Policies:" in unasked.said) == (0, False)
    asked = ops(tmp_path, "preview", "--stack", "dev", "--policy")
    asked.expect_passed()

    (tmp_path / "policy" / f"{stack}.json").write_text((PACK / "dev.json").read_text())
    ops(tmp_path, "preview", "--stack", stack).expect_passed()
