"""Several stacks in one command, with the engine: a working, a failing first and a failing third.

The invalid settings of a fleet, its order and Ctrl-C are tested without the engine.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.engine.conftest import configure, said, started
from tests.support.docker import (
    DEVELOPMENT_IMAGE,
    container_names,
    free_port,
    remove_all_of,
    unique_name,
)
from tests.support.project import copy_project

STACKS = 3


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[tuple[Path, list[str]]]:
    """A copy of the project with three stacks on one Docker host."""
    copy = tmp_path / "project"
    copy.mkdir()
    copy_project(copy)
    for file in copy.glob("Pulumi.*.yaml"):
        file.unlink()
    names = [f"{unique_name('test')}-{number}" for number in range(STACKS)]
    for name in names:
        (copy / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": {}}))
        configure(
            copy,
            name,
            hostname="localhost",
            containerName=name,
            port=free_port(),
            image=DEVELOPMENT_IMAGE,
            bindAddress="127.0.0.1",
        )
    yield copy, names
    for name in names:
        remove_all_of(name)


def make(project: Path, selection: str, command: str) -> subprocess.Popen[str]:
    """Start a command for several stacks."""
    return started(project, selection, command, "--no-policy", "--jobs", "2")


def results(shown: str, names: list[str]) -> list[str]:
    """The second column of the table."""
    rows = [line for line in shown.splitlines() if re.match(rf"({'|'.join(names)})  ", line)]
    assert [row.split()[0] for row in rows] == names, shown
    return [re.split(r" {2,}", row)[1] for row in rows]


def break_verification(project: Path, stack: str) -> None:
    """Give a server a setting with which it does not start."""
    broken = {"extra": {"storage": {"filesystem": {"maxthreads": "many"}}}}
    configure(project, stack, server=broken)


def test_fleet(fleet: tuple[Path, list[str]]) -> None:
    project, names = fleet
    shown = said(make(project, "all", "up"))
    ordered = sorted(names)
    assert results(shown, ordered) == ["done"] * STACKS
    assert len(re.findall(r"https://localhost:\d+", shown)) == STACKS, "the endpoints"
    for name in names:
        assert name in container_names(name)

    shown = said(make(project, ",".join(names), "preview"))
    assert results(shown, names) == ["done"] * STACKS
    assert f"{names[2]} | " in shown

    break_verification(project, names[2])
    shown = said(make(project, ",".join(names), "up"), 1)
    assert results(shown, names) == ["done", "done", "failed"]
    assert f"{names[2]} | " in shown
    assert f"`make up STACK={names[2]}` again" in shown
    assert "Traceback" not in shown

    break_verification(project, names[0])
    shown = said(make(project, ",".join(names), "up"), 1)
    assert results(shown, names) == ["failed", "not started", "not started"]
