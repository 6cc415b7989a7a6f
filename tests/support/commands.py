"""A fake Pulumi CLI: it records commands and returns given answers."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from cli.paths import REGISTRY, Project
from cli.pulumi_cli import Pulumi


class FakePulumi(Pulumi):
    """Answers by the start of a command. Commands without an answer succeed without output."""

    def __init__(
        self,
        answers: Mapping[str, tuple[int, str, str]] | None = None,
        environment: dict[str, str] | None = None,
        project: Project = REGISTRY,
    ) -> None:
        super().__init__("pulumi", environment or {}, project)
        object.__setattr__(self, "asked", [])
        object.__setattr__(self, "answers", dict(answers or {}))

    asked: list[str]
    answers: dict[str, tuple[int, str, str]]
    """Exit code, standard output and standard error, by the start of the command."""

    def run(self, *arguments: str) -> int:
        return self.ask(*arguments).returncode

    def ask(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = " ".join(arguments)
        self.asked.append(command)
        code, output, error = next(
            (answer for start, answer in self.answers.items() if command.startswith(start)),
            (0, "{}", ""),
        )
        return subprocess.CompletedProcess([], code, output, error)
