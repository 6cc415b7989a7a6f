"""Commands of the Pulumi CLI with the policy pack, and what they report."""

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


def kubernetes_plugin_is_missing() -> str | None:
    """Say why programs with Kubernetes resources can't run; None if they can."""
    directories = [Path.home() / ".pulumi" / "bin", *map(Path, os.get_exec_path())]
    installed = (Path.home() / ".pulumi" / "plugins").glob("resource-kubernetes-v*")
    names = [one / "pulumi-resource-kubernetes" for one in directories]
    if any(name.exists() for name in (*names, *installed)):
        return None
    return "the plugin of the Kubernetes provider is not installed"


@dataclass(frozen=True)
class PolicyRun:
    """The result of a command with the policy pack."""

    code: int
    output: str

    def policies(self, level: str = "mandatory") -> set[str]:
        """The policies with violations at a level."""
        violations = _VIOLATION.finditer(self.output)
        return {match["policy"] for match in violations if match["level"] == level}

    def expect_passed(self) -> None:
        """The command succeeded, and no policy reported anything."""
        assert self.code == 0, self.output
        assert re.search(r"✅ pack-registry@v", self.output), f"the pack ran: {self.output}"
        assert [*_VIOLATION.finditer(self.output)] == [], self.output

    def expect_refused(self, *policies: str) -> None:
        """These policies refused it and no others, with readable messages."""
        assert self.code != 0, self.output
        assert self.policies() == set(policies), self.output
        for pattern in (r"\n {10}\S.* must .*\.\n", r"\n {10}Fix: "):
            assert len(re.findall(pattern, self.output)) >= len(policies), self.output
        expect_no_traceback(self.output)


def run_with_policies(
    directory: Path, environment: dict[str, str], *command: str, config: Path | None = None
) -> PolicyRun:
    """Run a command of the CLI with the pack."""
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
    return PolicyRun(done.returncode, done.stdout + done.stderr)


class Programs:
    """The small programs, in a project with one stack and its own state."""

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

    def preview(self, program: str, *options: str, config: Path | None = None) -> PolicyRun:
        """Preview one of them."""
        environment = {**self.environment, "PROGRAM": program}
        command = ("preview", "--stack", "test", *options)
        return run_with_policies(self.directory, environment, *command, config=config)
