"""What the tests of the Pulumi engine share; what holds without it too is in ``tests/live``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import live
from tests.support.docker import docker_is_missing, skip_or_fail
from tests.support.engine import EngineRegistry, engine_is_missing

Factory = live.Factory[EngineRegistry]


@pytest.fixture(autouse=True)
def _tools() -> None:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Factory]:
    factory = live.Factory(tmp_path, EngineRegistry)
    yield factory
    factory.remove()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many violating programs the policy pack refused."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    of_programs = [report for report in reports if "::test_a_violating_program_is_refused[" in report.nodeid and report.when == "call"]
    if of_programs:
        refused = sum(report.passed for report in of_programs)
        terminalreporter.write_line(f"Violating programs refused by the policy pack: {refused} of {len(of_programs)}")
