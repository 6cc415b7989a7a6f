"""The policy pack with the real engine: violations, compliant programs and remediations."""

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
from pulumi_policy import EnforcementLevel

from cli.policy import PACK
from policy.policies import POLICIES
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
from tests.support.previews import (
    PROGRAMS,
    PolicyRun,
    Programs,
    kubernetes_plugin_is_missing,
    run_with_policies,
)
from tests.support.project import copy_project

NOT_VIOLATING = ("__main__", "compliant", "complies", "cluster", "cluster_complies")
ADVISORY = {policy.name for policy in POLICIES if policy.level is EnforcementLevel.ADVISORY}
ADDITIONAL = {"image_ownership_labels": ("image-pinned", "image-registry")}
"""Other policies that a program violates: a built image has neither a digest nor a registry."""
VIOLATING = sorted(
    path.stem
    for path in PROGRAMS.glob("*.py")
    if path.stem not in NOT_VIOLATING and path.stem.replace("_", "-") not in ADVISORY
)


def skip_without_plugin(program: str) -> None:
    """Skip a program with Kubernetes resources if the provider's plugin is not installed."""
    if "from cluster import" in (PROGRAMS / f"{program}.py").read_text():
        skip_or_fail(kubernetes_plugin_is_missing(), "REQUIRE_KUBERNETES_PLUGIN")


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")
    return Programs(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineRegistry]:
    """A stack of the program. Each test writes its settings and previews it."""
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")
    made = EngineRegistry(tmp_path_factory.mktemp("production"))
    yield made
    remove_all_of(made.stack_name)


def preview(
    made: EngineRegistry, settings: dict[str, Any], config: Path = PACK / "prod.json"
) -> PolicyRun:
    """Preview settings with a configuration of the pack."""
    made.settings = {**settings, "containerName": made.stack_name, "port": made.port}
    made.write()
    return run_with_policies(
        made.directory, made.environment, "preview", "--stack", made.stack_name, config=config
    )


def test_every_mandatory_policy_has_a_program() -> None:
    mandatory = {policy.name for policy in POLICIES if policy.level.value == "mandatory"}
    assert {name.replace("_", "-") for name in VIOLATING} == mandatory


@pytest.mark.parametrize("program", VIOLATING)
def test_violating_program_is_refused(programs: Programs, program: str) -> None:
    skip_without_plugin(program)
    name = program.replace("_", "-")
    policy = next(policy for policy in POLICIES if policy.name == name)
    refused = programs.preview(program)
    refused.expect_refused(policy.name, *ADDITIONAL.get(program, ()))
    output = " ".join(refused.output.split())
    assert policy.full_description in output
    assert policy.remediation_steps in output
    assert "hunter2" not in output


def test_compliant_program_passes(programs: Programs) -> None:
    programs.preview("complies").expect_passed()


def test_compliant_cluster_passes(programs: Programs) -> None:
    skip_without_plugin("cluster_complies")
    programs.preview("cluster_complies").expect_passed()


def test_open_load_balancer_is_advisory(programs: Programs) -> None:
    skip_without_plugin("load_balancer_source_ranges")
    passed = programs.preview("load_balancer_source_ranges")
    found = (passed.code, passed.policies(), passed.policies("advisory"))
    assert found == (0, set(), {"load-balancer-source-ranges"}), passed.output


def test_expiring_certificate_is_advisory(programs: Programs) -> None:
    passed = programs.preview("certificate_expires_soon")
    assert (passed.code, passed.policies(), passed.policies("advisory")) == (
        0,
        set(),
        {"certificate-expires-soon"},
    ), passed.output
    title = "Certificate registry.example.com in /config/tls.crt"
    assert f"{title} must be renewed: it expires on" in passed.output


def test_dev_passes(production: EngineRegistry) -> None:
    preview(production, shipped("dev"), PACK / "dev.json").expect_passed()


def test_prod_example_needs_only_a_digest(production: EngineRegistry) -> None:
    refused = preview(production, shipped("prod"))
    refused.expect_refused("image-pinned")
    assert "Fix: Add the digest to image (NAME:TAG@sha256:...)" in refused.output
    command = f"Run: `docker pull {shipped('prod').get('image', OFFICIAL)}`"
    assert command in refused.output, "the command that prints the digest"
    preview(production, {**shipped("prod"), "image": PINNED}).expect_passed()


def test_prod_with_provided_certificate_passes(production: EngineRegistry) -> None:
    preview(production, compliant()).expect_passed()


@pytest.mark.parametrize("title", noncompliant())
def test_noncompliant_setting_is_refused(production: EngineRegistry, title: str) -> None:
    change, policies = noncompliant()[title]
    preview(production, {**compliant(), **change}).expect_refused(*policies)


def test_levels_and_exemptions(production: EngineRegistry, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    levels = {
        "tls-required": {"enforcementLevel": "advisory"},
        "http-port-not-public": "disabled",
        "image-pinned": {"exempt": ["registry-image"]},
    }
    config.write_text(json.dumps(levels))
    weak = preview(production, {**compliant(), "tls": {"mode": "off"}, "image": OFFICIAL}, config)
    assert (weak.code, weak.policies(), weak.policies("advisory")) == (
        0,
        set(),
        {"tls-required"},
    ), weak.output


def test_update_checks_values_unknown_to_preview(new_registry: Factory) -> None:
    made = new_registry(users=[{"name": "spectro"}], bcryptCost=4)
    up = run_with_policies(
        made.directory,
        made.environment,
        "up",
        "--stack",
        made.stack_name,
        "--yes",
        config=PACK / "dev.json",
    )
    up.expect_refused("htpasswd-cost")
    assert "line 2 (spectro) must have a bcrypt cost of 5 to 12, not 4" in up.output
    # This file writer waits only for the key, which may already exist.
    others = {f"{made.stack_name}-config-certificate-writer"}
    assert made.containers() <= others, "no server has such users"

    made.write(users=[{"name": "spectro"}], bcryptCost=5)
    run_with_policies(
        made.directory,
        made.environment,
        "up",
        "--stack",
        made.stack_name,
        "--yes",
        config=PACK / "dev.json",
    ).expect_passed()
    run_with_policies(
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
def test_remediation_corrects_resource(programs: Programs, tmp_path: Path, program: str) -> None:
    config = tmp_path / "remediate.json"
    config.write_text(json.dumps({program.replace("_", "-"): "remediate"}))
    done = programs.preview(program, config=config)
    assert done.code == 0, done.output
    assert f"[remediate]  {program.replace('_', '-')}" in done.output
    assert done.policies() == set()


def run_cli(project: Path, *arguments: str) -> PolicyRun:
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
    return PolicyRun(done.returncode, done.stdout + done.stderr)


def test_every_stack_except_dev_has_policies(tmp_path: Path) -> None:
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

    refused = run_cli(tmp_path, "preview", "--stack", stack)
    refused.expect_refused("image-pinned", "image-registry", "certificate-validity")
    update = run_cli(tmp_path, "up", "--stack", stack)
    update.expect_refused("image-pinned", "image-registry", "certificate-validity")
    ending = (
        f"x Update of stack {stack} failed. No resources were changed. Fix the error above and run "
        f"`make up STACK={stack}` again."
    )
    assert update.output.rstrip().endswith(ending)
    assert container_names(stack) == set(), "nothing was created"

    allowed = run_cli(tmp_path, "preview", "--stack", stack, "--no-policy")
    assert (allowed.code, "Policies:" in allowed.output) == (0, False)
    default = run_cli(tmp_path, "preview", "--stack", "dev")
    assert (default.code, "Policies:" in default.output) == (0, False)
    enabled = run_cli(tmp_path, "preview", "--stack", "dev", "--policy")
    enabled.expect_passed()

    (tmp_path / "policy" / f"{stack}.json").write_text((PACK / "dev.json").read_text())
    run_cli(tmp_path, "preview", "--stack", stack).expect_passed()
