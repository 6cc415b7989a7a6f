"""A Pulumi CLI that records its calls and returns given results."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from cli.paths import REGISTRY, Project
from cli.pulumi.binary import Pulumi


class FakePulumi(Pulumi):
    """Finds a result by the start of the command. Other commands succeed with empty output."""

    def __init__(
        self,
        answers: Mapping[str, tuple[int, str, str]] | None = None,
        environment: dict[str, str] | None = None,
        project: Project = REGISTRY,
    ) -> None:
        super().__init__("pulumi", environment or {}, project)
        object.__setattr__(self, "calls", [])
        object.__setattr__(self, "answers", dict(answers or {}))

    calls: list[str]
    answers: dict[str, tuple[int, str, str]]
    """Exit code, standard output and standard error, by the start of the command."""

    def run(self, *arguments: str) -> int:
        return self.run_captured(*arguments).returncode

    def run_captured(
        self, *arguments: str, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = " ".join(arguments)
        self.calls.append(command)
        code, output, error = next(
            (answer for start, answer in self.answers.items() if command.startswith(start)),
            (0, "{}", ""),
        )
        return subprocess.CompletedProcess([], code, output, error)

    def calls_of(self, *starts: str) -> list[str]:
        """The calls that begin with one of some words."""
        return [call for call in self.calls if call.startswith(starts)]
