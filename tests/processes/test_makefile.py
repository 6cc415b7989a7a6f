"""Smoke tests of the Makefile and of .gitignore."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cli.paths import PASSPHRASE, ROOT

SWITCHES = [
    ("up", "POLICY", "--policy", "--no-policy"),
    ("preview", "POLICY", "--policy", "--no-policy"),
    ("down", "PURGE", "--purge", None),
    ("gc", "APPLY", "--apply", None),
    ("down", "YES", "--yes", None),
    ("outputs", "SECRETS", "--secrets", None),
    ("registration", "SECRETS", "--secrets", None),
    ("registration", "CLI_TRUST", "--cli-trust", None),
    ("try", "SECRETS", "--secrets", None),
    ("try", "DETACH", "--detach", None),
]
WRITTEN = [
    str(PASSPHRASE.relative_to(ROOT)),
    ".state/.pulumi/stacks/x.json",
    "ca.crt",
    "ca-prod.crt",
    "state.json",
    "state-prod.json",
    ".venv/bin/python",
]
KEPT = ["Pulumi.edge.yaml", "palette/Pulumi.edge.yaml", "policy/edge.json", "docs/ca.crt"]


def dry_run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The commands that a target would run."""
    command = ["make", "--no-print-directory", "--dry-run", "--old-file=.venv/.installed"]
    return subprocess.run(
        [*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_help() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line for line in shown.splitlines() if len(line) > 100] == []
    documented = {line.split()[1] for line in shown.splitlines() if line.startswith("  make ")}
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = [line for line in makefile.splitlines() if line.startswith(".PHONY: ")]
    assert documented == set(phony.split()[1:])


@pytest.mark.parametrize(("target", "variable", "on", "off"), SWITCHES)
def test_switch(target: str, variable: str, on: str, off: str | None) -> None:
    for value, expected in (("1", on), ("0", off), ("", None)):
        done = dry_run(target, f"{variable}={value}")
        assert done.returncode == 0, done.stderr
        assert {on, off} & set(done.stdout.split()) == {expected} - {None}, value
    for value in ("true", "yes", "no", "2", "1 0", "1 1"):
        done = dry_run(target, f"{variable}={value}")
        assert done.returncode != 0, "yes must not mean no"
        message = f'{variable}: invalid value "{value}". Must be one of: 0, 1'
        assert message in done.stderr
        assert done.stdout == ""


@pytest.mark.parametrize("host", ["", "tcp://10.0.0.5:2376"])
def test_development_image_ignores_docker_context(host: str, tmp_path: Path) -> None:
    build = tmp_path / "dev_image" / "build.sh"
    build.parent.mkdir()
    build.write_text("#!/bin/sh\necho $DOCKER_HOST\n")
    build.chmod(0o700)
    done = subprocess.run(
        ["make", "--no-print-directory", f"--makefile={ROOT / 'Makefile'}", "dev-image"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "DOCKER_HOST": host},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"{host or 'unix:///var/run/docker.sock'}\n"


def test_written_files_are_ignored(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    command = ["git", "check-ignore", *WRITTEN, *KEPT]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.split() == WRITTEN
