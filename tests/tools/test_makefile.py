"""What `make` hands on of the variables that a user sets."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cli.paths import ROOT


def shown(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The commands that a target would run."""
    command = [
        "make",
        "--no-print-directory",
        "--dry-run",
        "--old-file=.venv/.installed",
        *arguments,
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", ["up", "preview"])
@pytest.mark.parametrize(
    ("written", "option"), [("POLICY=1", "--policy"), ("POLICY=0", "--no-policy"), ("POLICY=", "")]
)
def test_the_policy_pack_is_asked_for_or_not(target: str, written: str, option: str) -> None:
    done = shown(target, "STACK=prod", written)
    assert done.returncode == 0, done.stderr
    command = f".venv/bin/python -m cli {target} --stack 'prod' {option}"
    assert done.stdout.splitlines()[-1].rstrip() == command.rstrip()


@pytest.mark.parametrize("target", ["dev-image", "test-image"])
@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({}, "unix:///var/run/docker.sock"),
        ({"DOCKER_HOST": ""}, "unix:///var/run/docker.sock"),
        ({"DOCKER_HOST": "x"}, "x"),
    ],
)
def test_the_development_image_is_built_where_it_is_looked_for(
    target: str, environment: dict[str, str], host: str, tmp_path: Path
) -> None:
    (tmp_path / "dev_image").mkdir()
    build = tmp_path / "dev_image" / "build.sh"
    build.write_text("#!/bin/sh\necho $DOCKER_HOST\n")
    build.chmod(0o700)
    command = ["make", "--no-print-directory", f"--makefile={ROOT / 'Makefile'}", target]
    machine = {"PATH": f"{tmp_path}:/usr/bin:/bin", **environment}
    done = subprocess.run(
        command, cwd=tmp_path, env=machine, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[0] == host, (
        "Docker's command goes by its context otherwise, which nothing else looks at"
    )


@pytest.mark.parametrize("value", ["true", "yes", "on", "no", "2", "1 0"])
def test_another_word_for_the_policy_pack_is_refused(value: str) -> None:
    done = shown("up", "STACK=prod", f"POLICY={value}")
    assert done.returncode != 0, "it must not switch the pack off"
    assert (
        f"POLICY: {value} is not allowed; allowed are 1 and 0, for example POLICY=1" in done.stderr
    )


SWITCHES = [
    ("down", "PURGE", "--purge"),
    ("down", "YES", "--yes"),
    ("outputs", "SECRETS", "--secrets"),
    ("registration", "SECRETS", "--secrets"),
    ("registration", "CLI_TRUST", "--cli-trust"),
    ("try", "SECRETS", "--secrets"),
    ("try", "DETACH", "--detach"),
]


@pytest.mark.parametrize(("target", "variable", "option"), SWITCHES)
def test_a_switch_is_an_option_where_it_is_1(target: str, variable: str, option: str) -> None:
    for value, given in (("1", True), ("0", False), ("", False)):
        done = shown(target, f"{variable}={value}")
        assert done.returncode == 0, done.stderr
        assert (option in done.stdout.split()) is given, value


@pytest.mark.parametrize(("target", "variable", "option"), SWITCHES)
@pytest.mark.parametrize("value", ["true", "yes", "no", "2", "1 0", "1 1"])
def test_another_word_for_a_switch_is_refused(
    target: str, variable: str, option: str, value: str
) -> None:
    done = shown(target, f"{variable}={value}")
    assert done.returncode != 0, (
        "it must not pass for no: the packs would be kept, or a password masked, without a word"
    )
    assert f"{variable}: {value} is not allowed; allowed are 1 and 0" in done.stderr
    assert option not in done.stdout, "nothing runs"
