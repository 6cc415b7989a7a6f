"""Checks in several processes."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from common.redaction import register_secrets
from packs.checks import inspect_packs, processes
from packs.source import pack_directories
from tests.support.packs import write_pack


@pytest.fixture
def packs(tmp_path: Path) -> list[Path]:
    for number in range(24):
        pack = write_pack(tmp_path, f"pack-{number}", "1.0.0")
        if number % 5 == 0:
            (pack / "logo.png").write_bytes(b"")
        if number % 7 == 0:
            (pack / "values.yaml").write_text("a: 1\na: 2\n")
    write_pack(tmp_path / "more", "pack-1", "1.0.0")
    (pack / "pack.json").write_text("{")
    return pack_directories(tmp_path)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """The processes that were started."""
    found: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def start(*args: Any, **options: Any) -> subprocess.Popen[str]:
        found.append(popen(*args, **options))
        return found[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    return found


def test_same_result(
    packs: list[Path], started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = inspect_packs(packs)
    assert len(started) == 2
    assert all(process.returncode is not None for process in started)
    monkeypatch.setattr(processes, "MAX_PROCESSES", 1)
    assert found == inspect_packs(packs)
    assert len(started) == 2
    assert found


def test_few_packs_need_no_process(packs: list[Path], started: list[Any]) -> None:
    inspect_packs(packs[:10])
    assert not started


def test_killed_process(
    packs: list[Path], started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its packs are checked here."""
    monkeypatch.setattr(processes, "_CODE", "import os; os.kill(os.getpid(), 9)")
    found = inspect_packs(packs)
    assert len(started) == 2
    monkeypatch.setattr(processes, "MAX_PROCESSES", 1)
    assert found == inspect_packs(packs)


def test_secrets_are_not_shown(packs: list[Path], started: list[Any]) -> None:
    register_secrets("correct-horse-battery")
    pack = packs[5]
    text = (pack / "pack.json").read_text()
    (pack / "pack.json").write_text(text.replace("addon", "x" * 70 + "correct-horse-battery"))
    messages = [issue.message for issue in inspect_packs(packs)]
    assert started
    assert any("x" * 60 in message for message in messages)
    assert not any("correct" in message for message in messages)


def test_processes_ignore_interrupts(packs: list[Path], started: list[Any]) -> None:
    """Ctrl-C reaches all processes of a terminal. Only this one handles it."""
    worker = processes._Worker()
    blocked = next(
        int(line.split()[1], 16)
        for line in Path(f"/proc/{started[0].pid}/status").read_text().splitlines()
        if line.startswith("SigBlk")
    )
    worker.end()
    assert blocked & 1 << (signal.SIGINT - 1)
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, set()) & {signal.SIGINT}
