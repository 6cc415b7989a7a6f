"""Results of ``make status``, and defects that it has to find."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from cli.paths import ROOT
from tests.support.processes import with_default_signals

SCHEMA = json.loads((ROOT / "cli" / "status" / "status.schema.json").read_text())
FORWARD = """
import sys, time
real = time.time
time.time = lambda: real() + {seconds}
sys.argv = ["cli", *sys.argv[1:]]
import runpy
runpy.run_module("cli", run_name="__main__", alter_sys=True)
"""
"""Runs the commands with another clock than the server's."""


@dataclass(frozen=True)
class Result:
    """One run of the command."""

    code: int
    output: str
    """Standard output."""
    messages: str
    """Standard error."""

    @property
    def content(self) -> dict[str, Any]:
        """The JSON, which has the documented shape."""
        content: dict[str, Any] = json.loads(self.output)
        Draft202012Validator(SCHEMA).validate(content)
        return content

    def checks(self, stack: str) -> dict[str, dict[str, Any]]:
        """The checks of one stack by name."""
        (found,) = [each for each in self.content["stacks"] if each["stack"] == stack]
        return {each["check"]: each for each in found["checks"]}

    def states(self, stack: str) -> dict[str, str]:
        """The states of one stack's checks by name."""
        return {name: check["state"] for name, check in self.checks(stack).items()}


def status(
    directory: Path, selection: str, *options: str, ahead: int = 0, **environment: str
) -> Result:
    """Run `make status` in a copied project.

    :param ahead: seconds by which this machine's clock is ahead of the server's.
    """
    program = ["-c", FORWARD.format(seconds=ahead)] if ahead else ["-m", "cli"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    done = subprocess.run(
        with_default_signals(
            sys.executable, *program, "status", "--stack", selection, *(options or JSON)
        ),
        cwd=directory,
        env={
            **kept,
            "PULUMI_HOME": str(directory / ".pulumi"),
            "PATH": f"{kept['PATH']}{os.pathsep}{Path.home() / '.pulumi/bin'}",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return Result(done.returncode, done.stdout, done.stderr)


JSON = ("--output", "json")


def file_in_tar(name: str, content: bytes) -> bytes:
    """Return a tar archive with one file."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()
