"""Runs a command for several stacks: the first one alone, then the others in parallel.

Each stack is a process of the same command, so that no stack shares the state of another one in
memory. Its output is in a file. This module prints what failed, and a table at the end.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from cli.console import CommandError, InterruptedCommandError, console, info
from cli.kubernetes.packages import ensure_packages
from cli.paths import ROOT, STATE
from cli.policy import policy_arguments
from cli.pulumi.binary import require_pulumi
from cli.settings import check_settings, operational_settings
from cli.stack_selection import select_stacks
from components.settings import Target

LOGS = STATE / "logs"
"""The output of each stack's last run in a fleet."""

_POLL_SECONDS = 0.05
_MAX_REASON = 120
_ENDPOINT = re.compile(r"^endpoint +(\S+)", re.MULTILINE)
_ERROR = re.compile(r"^\s*error: +(\S.*)$", re.MULTILINE)
_MESSAGE = re.compile(r"^x (.+)$", re.MULTILINE)


class Result(StrEnum):
    """How the run of one stack ended."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    NOT_STARTED = "not started"


@dataclass
class Run:
    """The run of one stack."""

    stack: str
    log: Path
    result: Result = Result.NOT_STARTED
    seconds: float = 0.0
    began: float = 0.0
    process: subprocess.Popen[bytes] | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the process was started and has ended."""
        return self.process is not None and self.process.poll() is not None

    @property
    def output(self) -> str:
        """What the process has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    @property
    def detail(self) -> str:
        """The endpoint, or the reason of a failure."""
        if self.result is Result.DONE:
            found = _ENDPOINT.search(self.output)
            return found[1] if found else ""
        if self.result is not Result.FAILED:
            return ""
        found = _ERROR.search(self.output) or _MESSAGE.search(self.output)
        reason = found[1] if found else "the command printed no error"
        return reason if len(reason) <= _MAX_REASON else f"{reason[:_MAX_REASON]}..."


@dataclass
class Fleet:
    """The runs of a command. One process runs them, without threads."""

    command: str
    """The name of the Makefile's target."""
    runs: Sequence[Run]
    jobs: int
    stops_at_failure: bool
    arguments: Callable[[str], list[str]]
    """The command line for a stack."""
    running: list[Run] = field(default_factory=list)
    interrupts: int = 0

    def run(self) -> None:
        """Run the first stack, then the others. Ctrl-C reaches every running process."""
        before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            self._run(self.runs[:1], 1)
            self._run(self.runs[1:], self.jobs)
        finally:
            signal.signal(signal.SIGINT, before)

    def _run(self, runs: Sequence[Run], jobs: int) -> None:
        waiting = list(runs)
        while self.running or (waiting and not self._must_stop):
            while waiting and len(self.running) < jobs and not self._must_stop:
                self._start(waiting.pop(0))
            for run in [run for run in self.running if run.has_ended]:
                self._end(run)
            time.sleep(_POLL_SECONDS)

    @property
    def _must_stop(self) -> bool:
        failed = any(run.result is Result.FAILED for run in self.runs)
        return bool(self.interrupts) or (failed and self.stops_at_failure)

    def _interrupt(self, *_: Any) -> None:
        """Hand Ctrl-C over to the processes, which end in their own way, as on a terminal."""
        self.interrupts += 1
        for run in self.running:
            if run.process and not run.has_ended:
                os.killpg(run.process.pid, signal.SIGINT)

    def _start(self, run: Run) -> None:
        descriptor = os.open(run.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        # The process starts with the signal blocked, like a command of the Makefile.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            run.began = time.monotonic()
            run.process = subprocess.Popen(
                self.arguments(run.stack),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.running.append(run)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            os.close(descriptor)
        info(f"{run.stack}: running `make {self.command}`")

    def _end(self, run: Run) -> None:
        self.running.remove(run)
        run.seconds = time.monotonic() - run.began
        code = run.process.returncode if run.process else 1
        run.result = Result.DONE if not code else Result.FAILED
        if code and self.interrupts:
            run.result = Result.STOPPED
        info(f"{run.stack}: {run.result} in {run.seconds:.0f} s")
        if run.result is Result.FAILED:
            for line in run.output.splitlines():
                console.print(Text(f"{run.stack} | {line}"))
        elif run.result is Result.DONE and self.command == "preview":
            for line in run.output.splitlines():
                click.echo(f"{run.stack} | {line}")


def run_fleet(command: str, selection: str, policy: bool | None, jobs: int) -> None:
    """Validate the settings of all stacks, then run a command for each.

    :param selection: names of stacks with commas, or `all`.
    :raises CommandError: with all invalid settings of all stacks, or if a stack fails.
    """
    stacks = select_stacks(selection)
    check_stacks(stacks, policy)
    _install_shared(stacks)
    LOGS.mkdir(parents=True, exist_ok=True)
    option = [] if policy is None else ["--policy" if policy else "--no-policy"]
    fleet = Fleet(
        command,
        [Run(stack, LOGS / f"{command}-{stack}.log") for stack in stacks],
        jobs,
        stops_at_failure=command == "up",
        arguments=lambda stack: [*PROGRAM, command, "--stack", stack, *option],
    )
    fleet.run()
    for line in table(fleet.runs):
        click.echo(line)
    _raise_failure(fleet)


PROGRAM = (sys.executable, "-m", "cli")
"""The command line of these commands."""


def check_stacks(stacks: Sequence[str], policy: bool | None) -> None:
    """Validate the settings and the policy configuration of all stacks.

    :raises CommandError: with all issues of all stacks.
    """
    messages = []
    for stack in stacks:
        try:
            check_settings(stack)
            policy_arguments(stack, policy)
        except CommandError as error:
            messages.append(error.message)
    if messages:
        raise CommandError("\n".join(messages))


def _install_shared(stacks: Sequence[str]) -> None:
    """Install what several stacks would install at the same time: the CLI, and packages.

    :raises CommandError: if something can't be installed.
    """
    require_pulumi()
    if any(operational_settings(stack).target is Target.KUBERNETES for stack in stacks):
        ensure_packages()


def table(runs: Sequence[Run]) -> Iterator[str]:
    """The lines of the table with all runs."""
    rows = [
        ("STACK", "RESULT", "SECONDS", "ENDPOINT OR REASON"),
        *((run.stack, run.result, f"{run.seconds:.1f}", run.detail) for run in runs),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for stack, result, seconds, detail in rows:
        line = f"{stack:<{widths[0]}}  {result:<{widths[1]}}  {seconds:>{widths[2]}}  {detail}"
        yield line.rstrip()


def _raise_failure(fleet: Fleet) -> None:
    """Raise an error with the command that continues, if not all stacks are done."""
    failed = [run.stack for run in fleet.runs if run.result is Result.FAILED]
    left = [run.stack for run in fleet.runs if run.result is not Result.DONE]
    if fleet.interrupts and left:
        raise InterruptedCommandError
    if failed:
        raise CommandError(
            f"`make {fleet.command}` failed for {len(failed)} of {len(fleet.runs)} stacks "
            f"({', '.join(failed)}). Fix the errors above and run "
            f"`make {fleet.command} STACK={','.join(left)}` again. The output of each stack is in "
            f"{LOGS.relative_to(ROOT)}/{fleet.command}-STACK.log."
        )
