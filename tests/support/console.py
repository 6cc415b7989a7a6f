"""Runs the ``console`` blocks of the README and the tutorials, and compares what they print."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from cli.paths import ROOT
from tests.support.docker import free_port, remove_all_of, unique_name
from tests.support.markdown import Block, blocks
from tests.support.project import copy_project

PAGES = ("README.md", "docs/tutorial/first-registry.md", "docs/tutorial/push-a-pack.md")

Session = tuple[Path, dict[str, str], dict[str, str]]
"""A directory, the environment of its commands, and what to replace in commands and output."""


@dataclass
class Command:
    """A command after a prompt, and the output that the page shows."""

    text: str
    output: list[str] = field(default_factory=list)


def commands(block: Block) -> list[Command]:
    """The commands of a block: a line with ``$ `` starts one, a line with ``> `` continues it."""
    found: list[Command] = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append(Command(line[2:]))
        elif found and not found[-1].output and "<<" in found[-1].text and line.startswith("> "):
            found[-1].text += f"\n{line[2:]}"
        else:
            found[-1].output.append(line)
    return found


def matches(expected: Iterable[str], printed: str) -> bool:
    """Whether a command printed what the page shows; ``...`` is any text."""
    pattern = re.escape("\n".join(expected)).replace(re.escape("..."), ".*")
    return re.fullmatch(f"\\s*{pattern}\\s*", printed, re.DOTALL) is not None


def run_blocks(
    page: Iterable[Block],
    directory: Path,
    environment: Mapping[str, str],
    replaced: Mapping[str, str],
) -> list[str]:
    """Run the blocks of a page in one shell session, and describe every difference.

    :param replaced: what to replace in commands and expected output, such as the address.
    """
    state = directory / ".session"
    state.write_text("")
    differences = []
    for block in page:
        expected_code = int(block.options.get("exit code", "0"))
        listed = commands(block)
        for command in listed:
            text, output = command.text, command.output
            for old, new in replaced.items():
                text = text.replace(old, new)
                output = [line.replace(old, new) for line in output]
            # Variables survive from one command to the next.
            script = (
                f". ./.session\n{text}\ncode=$?\nset | grep '^PASSWORD=' > .session\nexit $code"
            )
            done = subprocess.run(
                ["bash", "-c", script],
                cwd=directory,
                env=dict(environment),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=300,
            )
            wanted = expected_code if command is listed[-1] else 0
            printed = _without_noise(done.stdout)
            if done.returncode != wanted or not matches(output, printed):
                differences.append(
                    f"$ {text}\nexit code {done.returncode}, expected {wanted}\n"
                    f"{printed}\nexpected output:\n" + "\n".join(output)
                )
    return differences


def _without_noise(printed: str) -> str:
    """Leave out curl's progress and make's own line about a failed target."""
    lines = re.sub(r"[^\n]*\r", "", printed).splitlines()
    kept = [
        line
        for line in lines
        if not re.match(
            r"make(\[\d+\])?: \*\*\*|\s+% Total|\s+Dload|\s*\d+\s+\d+\s+\d+\s+\d+", line
        )
    ]
    return "\n".join(kept)


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
    docker_config = tmp_path / "docker"
    docker_config.mkdir()
    environment = {key: value for key, value in os.environ.items() if "PULUMI" not in key}
    path = [environment["PATH"], str(Path.home() / ".pulumi" / "bin"), str(ROOT / "bench" / ".bin")]
    environment |= {
        "PATH": os.pathsep.join(path),
        "PULUMI_HOME": str(tmp_path / ".pulumi"),
        "DOCKER_CONFIG": str(docker_config),
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
