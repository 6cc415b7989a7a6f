"""Ctrl-C at any moment of a command: no traceback, one sentence."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from cli import interrupts
from cli.paths import ROOT

BATCHES = [[(start + 100 * number) / 1000 for number in range(4)] for start in range(0, 100, 20)]
"""Every 20 ms of the first 400 ms, in seconds."""
COMMANDS = {
    "short": ["outputs", "--stack", "missing"],
    "long": ["down", "--stack", "missing"],
}


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start a command with SIGINT blocked, like the Makefile, even if the tests ignore SIGINT."""
    blocked = ["env", "--default-signal=INT", "--block-signal=INT"]
    return subprocess.Popen(
        [*blocked, sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_any_moment(command: str) -> None:
    codes = set()
    for moments in BATCHES:
        processes = [start(*COMMANDS[command]) for _ in moments]
        before = 0.0
        for moment, process in zip(moments, processes, strict=True):
            time.sleep(moment - before)
            before = moment
            process.send_signal(signal.SIGINT)
        for moment, process in zip(moments, processes, strict=True):
            codes.add(check_end(process, moment))
    assert interrupts.EXIT_CODE in codes, "no signal came early enough"


def check_end(process: subprocess.Popen[str], moment: float) -> int:
    """Check what an interrupted command prints, and return its exit code."""
    _, shown = process.communicate(timeout=30)
    for unwanted in ("Traceback", "KeyboardInterrupt", "Exception", "Aborted"):
        assert unwanted not in shown, (moment, shown)
    if process.returncode == interrupts.EXIT_CODE:
        assert shown == f"x {interrupts.MESSAGE}\n", moment
    else:  # the command had ended
        assert process.returncode == 1, (moment, process.returncode, shown)
        assert interrupts.MESSAGE not in shown, moment
    return process.returncode


def test_makefile_blocks_signal() -> None:
    command = ["make", "--no-print-directory", "--dry-run", "--old-file=.venv/.installed"]
    command.append("outputs")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "env --block-signal=INT .venv/bin/python -m cli outputs" in done.stdout.splitlines()[-1]
