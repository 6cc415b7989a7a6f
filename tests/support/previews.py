"""Previews by the Pulumi CLI under the policy pack, as a user would type them, and what they say."""

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

_REFUSAL = re.compile(
    r"^ +- \[(?P<level>\w+)\](?: +\[severity: \w+\])? +(?P<rule>[a-z-]+) +\(", re.MULTILINE
)


@dataclass(frozen=True)
class Judged:
    """A command under the policy pack, as it ended."""

    code: int
    said: str

    def rules(self, level: str = "mandatory") -> set[str]:
        """The rules that objected at a level."""
        return {match["rule"] for match in _REFUSAL.finditer(self.said) if match["level"] == level}

    def expect_passed(self) -> None:
        """It went well, under the pack, with not even a remark."""
        assert self.code == 0, self.said
        assert re.search(r"✅ pack-registry@v", self.said), f"the pack was asked: {self.said}"
        assert [*_REFUSAL.finditer(self.said)] == [], self.said

    def expect_refused(self, *rules: str) -> None:
        """These rules refused it and no others, readably."""
        assert self.code != 0, self.said
        assert self.rules() == set(rules), self.said
        assert self.said.count("\n          Found: ") >= len(rules), (
            f"what is wrong is said: {self.said}"
        )
        assert self.said.count("\n          Fix: ") >= len(rules), f"and what to do: {self.said}"
        expect_no_traceback(self.said)


def judged(
    directory: Path, environment: dict[str, str], *command: str, config: Path | None = None
) -> Judged:
    """Run a command of the CLI under the pack."""
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
    return Judged(done.returncode, done.stdout + done.stderr)


class Programs:
    """The small programs, in a project with one stack and a state of its own."""

    def __init__(self, directory: Path) -> None:
        """Make the project and its stack."""
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

    def preview(self, program: str, *options: str, config: Path | None = None) -> Judged:
        """Preview one of them."""
        environment = {**self.environment, "PROGRAM": program}
        return judged(
            self.directory, environment, "preview", "--stack", "test", *options, config=config
        )
