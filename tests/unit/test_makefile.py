"""What `make` hands on of the variables that a user sets."""

from __future__ import annotations

import subprocess

import pytest

from ops.paths import ROOT


def shown(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The commands that a target would run."""
    command = ["make", "--no-print-directory", "--dry-run", "--old-file=.venv/.installed", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", ["up", "preview"])
@pytest.mark.parametrize(("written", "option"), [("POLICY=1", "--policy"), ("POLICY=0", "--no-policy"), ("POLICY=", "")])
def test_the_policy_pack_is_asked_for_or_not(target: str, written: str, option: str) -> None:
    done = shown(target, "STACK=prod", written)
    assert done.returncode == 0, done.stderr
    command = f".venv/bin/python -m ops {target} --stack 'prod' {option}"
    assert done.stdout.splitlines()[-1].rstrip() == command.rstrip()


@pytest.mark.parametrize("value", ["true", "yes", "on", "no", "2", "1 0"])
def test_another_word_for_the_policy_pack_is_refused(value: str) -> None:
    done = shown("up", "STACK=prod", f"POLICY={value}")
    assert done.returncode != 0, "it must not switch the pack off"
    assert f"POLICY: {value} is not allowed; allowed are 1 and 0, for example POLICY=1" in done.stderr
