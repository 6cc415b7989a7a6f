"""The commands of the README and the tutorials print what the pages show."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cli.paths import ROOT
from tests.support.console import commands, matches, run_blocks
from tests.support.docker import (
    docker_is_missing,
    free_port,
    remove_all_of,
    skip_or_fail,
    unique_name,
)
from tests.support.engine import engine_is_missing
from tests.support.markdown import Block, blocks
from tests.support.processes import found
from tests.support.project import copy_project

PAGES = ("README.md", "docs/tutorial/first-registry.md", "docs/tutorial/push-a-pack.md")

Session = tuple[Path, dict[str, str], dict[str, str]]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A copy of the project with its own port and names."""
    copy = tmp_path / "project"
    copy.mkdir()
    copy_project(copy)
    name, port = unique_name("docs"), free_port()
    stack = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    stack["config"] |= {"pack-registry:containerName": name, "pack-registry:port": port}
    (copy / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump(stack))
    home = tmp_path / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if "PULUMI" not in key}
    path = [environment["PATH"], str(Path.home() / ".pulumi" / "bin"), str(ROOT / "bench" / ".bin")]
    environment |= {
        "PATH": os.pathsep.join(path),
        "PULUMI_HOME": str(tmp_path / ".pulumi"),
        "DOCKER_CONFIG": str(home),
        # The virtual environment is a link to the one of the tests: nothing is installed into it.
        "MAKEFLAGS": f"STACK={name} POLICY=0 --old-file=.venv/.installed --no-print-directory",
    }
    replaced = {
        "localhost": f"localhost:{port}",
        "Pulumi.dev.yaml": f"Pulumi.{name}.yaml",
    }
    yield copy, environment, replaced
    remove_all_of(name)


def console_blocks(page: str, requires: str = "engine") -> list[Block]:
    """The console blocks of a page that need a tool."""
    return [
        block
        for block in blocks(ROOT / page)
        if block.language == "console" and block.options.get("requires", "engine") == requires
    ]


@pytest.mark.parametrize("page", PAGES)
def test_commands_with_engine(page: str, session: Session) -> None:
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")
    if "oras" in (ROOT / page).read_text() and not found("oras"):
        skip_or_fail("oras can't be found; `make tools` builds it", "REQUIRE_ORAS")
    assert shutil.which("curl"), "the pages use curl"
    assert run_blocks(console_blocks(page), *session) == []


@pytest.mark.parametrize("page", PAGES)
def test_commands_without_engine(page: str, session: Session) -> None:
    if not (page_blocks := console_blocks(page, "docker")):
        pytest.skip(f"{page} has no commands that need Docker alone")
    skip_or_fail(docker_is_missing(), "REQUIRE_DOCKER")
    assert run_blocks(page_blocks, *session) == []


def test_prompts_continue_and_output_follows() -> None:
    block = Block("console", ["$ cat <<X", "> a", "> X", "a", "$ true"])
    assert [(each.text, each.output) for each in commands(block)] == [
        ("cat <<X\na\nX", ["a"]),
        ("true", []),
    ]


def test_dots_match_any_output() -> None:
    assert matches(["a", "...", "c"], "a\nb\nb\nc\n")
    assert matches(["..."], "")
    assert not matches(["a"], "a\nb\n")
    assert not matches([], "unexpected")


def test_every_page_has_commands() -> None:
    assert [page for page in PAGES if not console_blocks(page)] == []
