"""Ports for tests: parallel workers never get the same port."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.paths import ROOT
from tests.support import docker
from tests.support.docker import PORTS, free_port

TAKE = "from tests.support.docker import free_port\nfor _ in range(40): print(free_port())"


def test_parallel_processes_get_different_ports(tmp_path: Path) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE],
            cwd=ROOT,
            env={"TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    ports = [int(line) for worker in workers for line in worker.communicate()[0].splitlines()]
    assert len(set(ports)) == len(ports) == 120, "a free port may already belong to another test"
    assert set(ports) <= set(PORTS)


def test_used_port_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        taken = listener.getsockname()[1]
        ports = iter([taken, free_port()])
        monkeypatch.setattr(docker, "_next_port", lambda _: next(ports))
        assert free_port() != taken


def test_ports_are_not_ephemeral() -> None:
    assert set(PORTS) <= set(range(1024, 32768)), "neither privileged nor ephemeral ports"
