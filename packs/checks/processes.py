"""Checks of many packs in several processes.

Each process is a new interpreter. A fork of this one would copy its locks without the threads that
release them. A process ends with its standard input, so none remains if this one is killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, cast

from common.redaction import known_secrets, register_secrets
from packs.checks.check import Checked, check_pack
from packs.checks.duplicates import Identity
from packs.checks.report import Issue, Severity

MAX_PROCESSES = 8
PACKS_PER_PROCESS = 10
"""Fewer packs take less time than the start of a process."""
PART = 4
"""Packs that a process gets at once. They are neighbors: versions of a pack share most files."""
_ROOT = Path(__file__).parents[2]
_CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]); from packs.checks.processes import serve; serve()"
)


def check_all(directories: Sequence[Path]) -> list[Checked]:
    """Check packs, and return the results in the same order."""
    count = min(os.cpu_count() or 1, MAX_PROCESSES, len(directories) // PACKS_PER_PROCESS)
    if count < 2:
        return [check_pack(directory) for directory in directories]
    results: dict[Path, Checked] = {}
    parts = _Parts(directories)
    with ThreadPoolExecutor(max_workers=count) as pool:
        workers = [_Worker() for _ in range(count)]
        try:
            for done in [pool.submit(worker.check, parts, results) for worker in workers]:
                done.result()
        finally:
            for worker in workers:
                worker.end()
    # A process may have been killed, for example because the memory is full.
    return [results.get(directory) or check_pack(directory) for directory in directories]


class _Parts:
    """Parts of a list, for several threads."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories, self._next = directories, 0
        self._lock = threading.Lock()

    def take(self) -> Sequence[Path]:
        """Return the next part; empty at the end."""
        with self._lock:
            part = self._directories[self._next : self._next + PART]
            self._next += PART
        return part


class _Worker:
    """A process that checks packs."""

    def __init__(self) -> None:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:  # the process inherits the mask: Ctrl-C is for this process, which ends it
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _CODE, str(_ROOT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="ascii",
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def check(self, parts: _Parts, results: dict[Path, Checked]) -> None:
        """Check parts until none is left, or the process has ended."""
        sent, received = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        try:
            _send(sent, known_secrets())
            while part := parts.take():
                _send(sent, [str(directory) for directory in part])
                for directory in part:
                    results[directory] = _read(directory, json.loads(received.readline()))
        except (OSError, ValueError):
            return

    def end(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.communicate()


def _send(file: IO[str], value: Any) -> None:
    file.write(f"{json.dumps(value)}\n")
    file.flush()


def serve() -> None:
    """Check the packs of each line of standard input."""
    lines = _lines(sys.stdin)
    register_secrets(*next(lines, ()))  # they must not appear in messages
    for directories in lines:
        for directory in directories:
            _send(sys.stdout, _written(check_pack(Path(directory))))


def _lines(file: IO[str]) -> Iterator[list[str]]:
    for line in file:
        yield json.loads(line)


def _written(checked: Checked) -> dict[str, Any]:
    """Return a result as JSON. The directory is left out."""
    identity = checked.identity
    return {
        "issues": [
            [str(each.file), each.line, each.message, each.severity] for each in checked.issues
        ],
        "identity": identity and [identity.name, identity.version, identity.line],
    }


def _read(directory: Path, written: dict[str, Any]) -> Checked:
    issues = [
        Issue(Path(file), line, message, directory, Severity(severity))
        for file, line, message, severity in written["issues"]
    ]
    identity = written["identity"]
    return Checked(issues, Identity(directory, *identity) if identity else None)
