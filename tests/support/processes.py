"""Programs that run during a test."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from cli.paths import ROOT


def find_program(program: str) -> str | None:
    """Find a program that `make tools` built or that is on PATH."""
    return shutil.which(
        program, path=os.pathsep.join([str(ROOT / "bench" / ".bin"), os.environ["PATH"]])
    )


_RESET_SIGNALS = (
    "import os, signal, sys; "
    "[signal.signal(each, signal.SIG_DFL) for each in (signal.SIGINT, signal.SIGHUP)]; "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


def with_default_signals(*command: str) -> list[str]:
    """Wrap a command so that SIGINT and SIGHUP end it, even if the tests ignore them."""
    return [sys.executable, "-I", "-S", "-c", _RESET_SIGNALS, *command]


def is_listening(port: int) -> bool:
    """Return whether a server listens on a port of the loopback address."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def background_process(
    command: list[str],
    is_ready: Callable[[], bool],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    seconds: float = 30.0,
) -> Iterator[None]:
    """Run a program in the background. Yields as soon as it is ready."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
    try:
        end = time.monotonic() + seconds
        while not is_ready():
            assert process.poll() is None, f"{command[0]} has ended: {log.read_text()[-2000:]}"
            assert time.monotonic() < end, (
                f"{command[0]} does not answer: {log.read_text()[-2000:]}"
            )
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
