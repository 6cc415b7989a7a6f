"""Variables of the shell, of make and of pip that the Makefile and its scripts ignore."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from cli.paths import ROOT


def test_scripts_ignore_variables_of_shell(tmp_path: Path) -> None:
    """Bash would run BASH_ENV, and `cd` would follow CDPATH and print it."""
    (tmp_path / "start").write_text("echo NOISE; cd /\n", encoding="utf-8")
    (tmp_path / "dev_image").mkdir()
    hostile = {"BASH_ENV": str(tmp_path / "start"), "ENV": str(tmp_path / "start")}
    for command, expected in (
        (["make", "-n", "up"], "-m cli up"),
        (["make", "dev-image", "BUILD_IMAGE=bash -c pwd"], str(ROOT)),
    ):
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **hostile, "CDPATH": str(tmp_path)},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert expected in done.stdout
        assert "NOISE" not in done.stdout


def test_environment_does_not_replace_variables_of_makefile() -> None:
    done = subprocess.run(
        ["make", "-n", "up", "--old-file=.venv/.installed"],
        cwd=ROOT,
        env={**os.environ, "MAKEFLAGS": "e", "VENV": "/home/me"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert ".venv/bin/python -m cli up" in done.stdout
    assert "/home/me" not in done.stdout


def test_other_directory_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "notes").touch()
    done = subprocess.run(
        [ROOT / "tools" / "venv.sh", "venv", "requirements.txt"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "x venv is not a virtual environment. Remove it, then run this command again." in (
        done.stderr
    )
    assert (tmp_path / "venv" / "notes").exists()


PIP_REMOVED = ["USER", "TARGET", "PREFIX", "ROOT", "NO_DEPS", "REQUIRE_VIRTUALENV", "DRY_RUN"]


def test_environment_is_installed_and_verified(tmp_path: Path) -> None:
    """With every variable that pip would obey, the packages are where they belong."""
    package = tmp_path / "source"
    package.mkdir()
    (package / "pyproject.toml").write_text(
        '[project]\nname = "nothing"\nversion = "1"\n', encoding="utf-8"
    )
    python = tmp_path / "bin" / "python3"
    python.parent.mkdir()
    python.write_text(FAKE_PYTHON, encoding="utf-8")
    python.chmod(0o755)
    (tmp_path / "requirements.txt").write_text("nothing==1\n", encoding="utf-8")
    index = {"PIP_INDEX_URL": "https://index.example"}
    hostile = {f"PIP_{name}": "1" for name in PIP_REMOVED} | {"PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [ROOT / "tools" / "venv.sh", "venv", "requirements.txt"],
        cwd=tmp_path,
        env={**os.environ, **hostile, **index, "PYTHON": str(python)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    seen = (tmp_path / "seen").read_text(encoding="utf-8").splitlines()
    assert "PIP_INDEX_URL=https://index.example" in seen
    assert not [line for line in seen if line.partition("=")[0] in hostile]
    assert done.returncode == 1, "the fake pip installs nothing"
    assert "Not installed: nothing==1" in done.stderr
    assert "The packages are not in venv." in done.stderr


FAKE_PYTHON = """#!/bin/bash
case "$*" in
*venv\\ *) mkdir -p venv/bin && cp "$0" venv/bin/python ;;
*"pip install"*) env >seen ;;
*-I*) exec python3 "$@" ;;
*--version*) echo "Python 3.11" ;;
esac
"""
