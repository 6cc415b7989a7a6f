"""Commands of the Pulumi CLI under the policy pack, and the violations that they report."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cli.paths import ROOT
from cli.policy import PACK
from tests.support.engine import engine_environment
from tests.support.live import expect_no_traceback

PROGRAMS = ROOT / "tests" / "programs" / "violations"

_VIOLATION = re.compile(
    r"^ +- \[(?P<level>\w+)\](?: +\[severity: \w+\])? +(?P<policy>[a-z-]+) +\(", re.MULTILINE
)


@dataclass(frozen=True)
class PolicyResult:
    """The result of a command under the policy pack."""

    code: int
    said: str

    def policies(self, level: str = "mandatory") -> set[str]:
        """Return the names of the policies that reported violations at a level."""
        return {
            match["policy"] for match in _VIOLATION.finditer(self.said) if match["level"] == level
        }

    def expect_passed(self) -> None:
        """Check that the command succeeded under the pack, without any violation."""
        assert self.code == 0, self.said
        assert re.search(r"✅ pack-registry@v", self.said), f"the pack must run: {self.said}"
        assert [*_VIOLATION.finditer(self.said)] == [], self.said

    def expect_refused(self, *policies: str) -> None:
        """Check that exactly these policies rejected the command, with problem and fix."""
        assert self.code != 0, self.said
        assert self.policies() == set(policies), self.said
        assert self.said.count("\n          Found: ") >= len(policies), (
            f"the problem is shown: {self.said}"
        )
        assert self.said.count("\n          Fix: ") >= len(policies), (
            f"the fix is shown: {self.said}"
        )
        expect_no_traceback(self.said)


def run_with_policies(
    directory: Path, environment: dict[str, str], *command: str, config: Path | None = None
) -> PolicyResult:
    """Run a command of the Pulumi CLI under the policy pack."""
    done = subprocess.run(
        [
            "pulumi",
            *command,
            "--policy-pack",
            str(PACK),
            *(["--policy-pack-config", str(config)] if config else []),
            "--color",
            "never",
        ],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return PolicyResult(done.returncode, done.stdout + done.stderr)


class Programs:
    """The violating programs, in a project with one stack and its own state."""

    def __init__(self, directory: Path) -> None:
        """Create the project and its stack."""
        for path in PROGRAMS.iterdir():
            if path.is_file():
                (directory / path.name).symlink_to(path)
        (directory / ".venv").symlink_to(ROOT / ".venv")
        self.directory = directory
        self.environment = {**os.environ, **engine_environment(directory)}
        subprocess.run(
            ["pulumi", "stack", "init", "test"],
            cwd=directory,
            env=self.environment,
            capture_output=True,
            check=True,
        )

    def preview(self, program: str, *options: str, config: Path | None = None) -> PolicyResult:
        """Preview a program."""
        environment = {**self.environment, "PROGRAM": program}
        return run_with_policies(
            self.directory, environment, "preview", "--stack", "test", *options, config=config
        )
