"""Environments of real machines: no home directory, other locales, ignored variables."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.paths import ROOT

NO_HOME = """
import pwd

def missing(_):
    raise KeyError

pwd.getpwuid = missing
from cli.__main__ import cli
cli(["outputs"])
"""


def test_user_without_home() -> None:
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), "-c", NO_HOME],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"x HOME is not set, and the user ID {os.getuid()} has no home directory. Set HOME to a "
        "directory that you may write (for example, HOME=/tmp/home).\n"
    )


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "C.UTF-8"},
    ],
)
def test_stack_file_in_any_locale(tmp_path: Path, locale: dict[str, str]) -> None:
    shutil.copytree(ROOT / "cli", tmp_path / "cli")
    shutil.copytree(ROOT / "common", tmp_path / "common")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  pack-registry:organization: Müller\n", encoding="utf-8"
    )
    code = "from cli.stack_file import read_config; print(ascii(read_config('dev')))"
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), "-c", code],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **locale},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout == "{'organization': 'M\\xfcller'}\n", done.stderr


def test_output_in_ascii_locale() -> None:
    code = "from cli.console import *; escape_unencodable_output(); print('M\\xfcller')"
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii", "HOME": "/root"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout == "M\\xfcller\n", done.stderr


@pytest.mark.parametrize("command", ["outputs", "register-key"])
def test_only_register_key_reads_api_key(tmp_path: Path, command: str) -> None:
    """A fake CLI records its environment."""
    shutil.copytree(ROOT / "cli", tmp_path / "cli")
    for package in ("common", "components", "palette", "trial"):
        (tmp_path / package).symlink_to(ROOT / package)
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n", encoding="utf-8")
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(f"#!/bin/sh\nenv >>{tmp_path}/seen\nexit 1\n", encoding="utf-8")
    pulumi.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), "-m", "cli", command],
        cwd=tmp_path,
        env={
            "PATH": f"{pulumi.parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "PALETTE_API_KEY": "MARKER",
            "PULUMI_STACK": "other",
            "PULUMI_OPTION_JSON": "true",
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    seen = (tmp_path / "seen").read_text(encoding="utf-8")
    assert "PULUMI_BACKEND_URL=file://" in seen
    assert "MARKER" not in seen
    assert "PULUMI_STACK" not in seen
    assert "PULUMI_OPTION" not in seen
