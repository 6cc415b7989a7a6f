"""Fixtures for the Pulumi engine. Tests that also hold for a trial are in ``tests/live``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support import live
from tests.support.docker import (
    DEVELOPMENT_IMAGE,
    docker_is_missing,
    free_port,
    remove_all_of,
    skip_or_fail,
    unique_name,
)
from tests.support.engine import EngineRegistry, engine_is_missing
from tests.support.processes import with_default_signals
from tests.support.project import copy_project

Factory = live.Factory[EngineRegistry]


@pytest.fixture(autouse=True)
def _tools() -> None:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")


@pytest.fixture
def new_registry(tmp_path: Path) -> Iterator[Factory]:
    factory = live.Factory(tmp_path, EngineRegistry)
    yield factory
    factory.remove()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Copy the project, with its own stack and without a backend of the environment."""
    copy = tmp_path / "project"
    copy.mkdir()
    copy_project(copy)
    stack = unique_name("test")
    settings = {
        "hostname": "localhost",
        "containerName": stack,
        "port": free_port(),
        "image": DEVELOPMENT_IMAGE,
        "bindAddress": "127.0.0.1",
    }
    (copy / f"Pulumi.{stack}.yaml").write_text(
        yaml.safe_dump(
            {"config": {f"pack-registry:{key}": value for key, value in settings.items()}}
        )
    )
    yield copy, stack
    remove_all_of(stack)


def configure(project: Path, stack: str, **settings: object) -> None:
    """Add settings to the stack's file."""
    path = project / f"Pulumi.{stack}.yaml"
    written = yaml.safe_load(path.read_text())
    written["config"] |= {f"pack-registry:{key}": value for key, value in settings.items()}
    path.write_text(yaml.safe_dump(written))


def make_up(project: Path, stack: str, *, start_new_session: bool = False) -> subprocess.Popen[str]:
    """Start `make up POLICY=0` in a copied project, whose virtual environment exists."""
    return started(project, stack, "up", "--no-policy", start_new_session=start_new_session)


def started(
    project: Path,
    stack: str,
    *command: str,
    environment: dict[str, str] | None = None,
    start_new_session: bool = False,
) -> subprocess.Popen[str]:
    """Start a `make` command in a copied project. Standard error goes to standard output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")} | (
        environment or {}
    )
    return subprocess.Popen(
        with_default_signals(sys.executable, "-m", "cli", *command, "--stack", stack),
        cwd=project,
        env={
            **kept,
            "PULUMI_HOME": str(project / ".pulumi"),
            "PATH": f"{kept['PATH']}{os.pathsep}{Path.home() / '.pulumi/bin'}",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=start_new_session,
    )


def said(process: subprocess.Popen[str], code: int = 0) -> str:
    """Wait for a command, check its exit code, and return its output."""
    shown = process.communicate()[0]
    assert process.returncode == code, shown
    return shown


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many violating programs the policy pack rejected."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
    ]
    of_programs = [
        report
        for report in reports
        if "::test_a_violating_program_is_refused[" in report.nodeid and report.when == "call"
    ]
    if of_programs:
        refused = sum(report.passed for report in of_programs)
        terminalreporter.write_line(
            f"Violating programs refused by the policy pack: {refused} of {len(of_programs)}"
        )
