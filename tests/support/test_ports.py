"""Ports for tests: workers that run beside each other never meet on one."""

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


def test_processes_beside_each_other_are_given_different_ports(tmp_path: Path) -> None:
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
    assert len(set(ports)) == len(ports) == 120, (
        "a port that nobody listens on yet may be another test's already"
    )
    assert set(ports) <= set(PORTS)


def test_a_port_that_somebody_listens_on_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        taken = listener.getsockname()[1]
        coming = iter([taken, free_port()])
        monkeypatch.setattr(docker, "_next_port", lambda _: next(coming))
        assert free_port() != taken


def test_no_outgoing_connection_takes_a_port_of_the_tests() -> None:
    assert set(PORTS) <= set(range(1024, 32768)), (
        "where Linux and RFC 6335 have none, and nobody needs to be root"
    )
