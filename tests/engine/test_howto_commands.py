"""Commands of the how-to guides that change the config and the state, with the real CLI."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from cli.paths import ROOT
from tests.support.docker import skip_or_fail
from tests.support.engine import engine_environment, engine_is_missing
from tests.support.project import copy_project

PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
STACK = "test"
VALUE = "a-value-of-a-prompt"
REPLACED = {"<stack>": STACK, "edge": STACK, "<user>": "robot"}


def config_commands(page: Path) -> list[str]:
    """The indented commands of a page that set the config."""
    lines = re.findall(r"^    (pulumi (?:-C \S+ )?config set .*)$", page.read_text(), re.MULTILINE)
    return [line.partition("  #")[0].strip() for line in lines]


COMMANDS = [
    pytest.param(command, id=f"{page.stem}: {command}")
    for page in PAGES
    for command in dict.fromkeys(config_commands(page))
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A copy of the project with a stack in both of its Pulumi projects."""
    skip_or_fail(engine_is_missing(), "REQUIRE_ENGINE")
    directory = tmp_path_factory.mktemp("project")
    copy_project(directory)
    environment = {**os.environ, **engine_environment(directory)}
    for name in ("chain.pem", "key.pem"):
        (directory / name).write_text("a PEM file\n")
    for folder in (".", "palette"):
        run(f"pulumi -C {folder} stack init {STACK}", directory, environment)
    return directory, environment


def run(command: str, directory: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=directory,
        env=environment,
        input=VALUE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_pages_have_commands() -> None:
    assert len(COMMANDS) >= 12


@pytest.mark.parametrize("command", COMMANDS)
def test_config_command(command: str, project: tuple[Path, dict[str, str]]) -> None:
    directory, environment = project
    for placeholder, value in REPLACED.items():
        command = command.replace(placeholder, value)
    folder = "palette" if "-C palette" in command else "."
    file = directory / folder / f"Pulumi.{STACK}.yaml"
    file.unlink(missing_ok=True)
    for index in (0, 1):  # a page may set the third user
        prepare = f"pulumi -C {folder} config set --stack {STACK} --path 'users[{index}].name' x"
        if "users[2]" in command:
            run(prepare, directory, environment)
    run(command, directory, environment)
    words = command.split()
    key = next(word for word in words[words.index("set") + 1 :] if is_key(word)).strip("'")
    config = yaml.safe_load(file.read_text())["config"]
    top = re.split(r"[.\[]", key)[0]
    (found,) = [value for name, value in config.items() if name.rpartition(":")[2] == top]
    assert ("secure" in str(found)) is ("--secret" in words)
    assert VALUE not in file.read_text() or "--secret" not in words


def test_stack_is_deleted_as_documented(project: tuple[Path, dict[str, str]]) -> None:
    """In a shell without Pulumi's variables, as after `make down`."""
    directory, environment = project
    page = ROOT / "docs" / "how-to" / "remove.md"
    commands = re.findall(r"^    (pulumi .*stack rm .*?) +#", page.read_text(), re.MULTILINE)
    assert len(commands) == 2
    state = (page.parent / "state-backend.md").read_text()
    variables = re.findall(r"^    (export PATH=.*)$", state, re.MULTILINE)
    shell = {key: value for key, value in environment.items() if not key.startswith("PULUMI_")}
    (directory / ".state").mkdir()
    (directory / ".state" / "passphrase").write_text("a passphrase\n")
    for command in commands:
        folder = "palette" if "-C palette" in command else "."
        stack = "removed"
        file = directory / folder / f"Pulumi.{stack}.yaml"
        typed = command.replace("<stack>", f"{stack} --yes")
        run("\n".join([*variables, f"pulumi -C {folder} stack init {stack}"]), directory, shell)
        assert file.exists()
        run("\n".join([*variables, typed]), directory, shell)
        assert file.exists()
        listed = run("\n".join([*variables, f"pulumi -C {folder} stack ls"]), directory, shell)
        assert stack not in listed


def is_key(word: str) -> bool:
    return not word.startswith("--") and word not in (STACK, "<", ">")
