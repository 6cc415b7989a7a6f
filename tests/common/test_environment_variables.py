"""The table of environment variables, and the files that apply it."""

from __future__ import annotations

import re

from cli.paths import ROOT
from common.environment_variables import (
    GROUPS,
    PIP,
    PYTHON,
    SHELL,
    VARIABLES,
    Rule,
    Variable,
    remove_ignored,
    rule,
)
from tests.support.cases import check_each
from tools.environment_reference import DOCUMENT, document

REMOVED = (Rule.REMOVED, Rule.REMOVED_OR_REFUSED)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_one_rule_for_each() -> None:
    names = [variable.name for variable in VARIABLES]
    assert len(names) == len(set(names))
    for group in GROUPS.values():
        for variable in group:
            assert rule(variable.name.replace("*", "OTHER")) is variable.rule


def test_removed_from_commands() -> None:
    def check(variable: Variable) -> None:
        name = variable.name.replace("*", "OTHER")
        environment = {name: "x", "HOME": "/root"}
        remove_ignored(environment)
        assert (name not in environment) is (variable.rule in REMOVED)

    check_each(VARIABLES, check)


def test_python_variables_in_files() -> None:
    expected = {variable.name for variable in PYTHON if variable.rule is Rule.REMOVED}
    makefile = text("Makefile").replace("\\\n", "")
    (line, shell) = re.findall(r"^unexport (.*)$", makefile, re.MULTILINE)
    assert set(line.split()) == expected
    assert set(shell.split()) == {variable.name for variable in SHELL}
    (line,) = re.findall(
        r"^unset (PYTHON.*)$", text("tools/venv.sh").replace("\\\n", ""), re.MULTILINE
    )
    assert set(line.split()) == expected


def test_pip_variables_of_script() -> None:
    used = {variable.name for variable in PIP if variable.rule is Rule.USED}
    script = text("tools/venv.sh").partition("case $name in")[2].partition(")")[0]
    assert set(re.findall(r"PIP_\w+", script)) == used


def test_document() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run `make reference`"
