"""Preflight check of the published port."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.components.docker.preflight.problems import problems
from tests.support.docker import free_port
from tests.support.fakes import OTHER_OWNER, FakeContainer, FakeEngine

REMOTE = "tcp://127.0.0.1:2375"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which a program of this machine listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def by_program(port: int) -> str:
    return (
        f"port: {port} is in use by another program on the Docker host. Find it with "
        f"`sudo ss -ltnp 'sport = :{port}'` and stop it, or set port to a free port."
    )


def by_container(port: int, name: str) -> str:
    return (
        f"port: {port} is in use by the container {name} on the Docker host. Stop it with "
        f"`docker stop {name}`, or set port to a free port."
    )


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1"])
def test_program_on_port(taken: int, address: str) -> None:
    assert problems(FakeEngine(), port=taken, bindAddress=address) == [by_program(taken)]


def test_program_on_other_address(taken: int) -> None:
    assert problems(FakeEngine(), port=taken, bindAddress="127.0.0.2") == []


def test_port_closed_a_moment_ago() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Docker's own proxy does
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = int(listener.getsockname()[1])
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = listener.accept()
            accepted.close()  # the connection stays in TIME_WAIT for a minute
            client.recv(1)
    assert problems(FakeEngine(), port=port) == [], "the previous container had the port"


def test_port_without_permission_to_bind(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", deny)
    assert problems(FakeEngine(), port=taken) == [by_program(taken)], (
        "only root may bind ports below 1024, such as 443"
    )
    monkeypatch.undo()
    free = free_port()
    monkeypatch.setattr(socket.socket, "bind", deny)
    assert problems(FakeEngine(), port=free) == []


def test_address_of_other_machine() -> None:
    assert problems(FakeEngine(), bindAddress="192.0.2.1") == [], "Docker reports it"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("0.0.0.0", "0.0.0.0"),
        ("0.0.0.0", "127.0.0.1"),
        ("127.0.0.1", "0.0.0.0"),
        ("127.0.0.1", ""),
        ("::", "::1"),
    ],
)
def test_container_of_other_owner(ours: str, theirs: str) -> None:
    port = free_port()
    of_stack = (
        f"port: {port} is in use by the container proxy of the stack {OTHER_OWNER.stack}. "
        "Set port to a free port."
    )
    for labels, expected in (({}, by_container(port, "proxy")), (OTHER_OWNER.labels, of_stack)):
        engine = FakeEngine(FakeContainer("proxy", labels, (80, port), theirs))
        assert problems(engine, port=port, bindAddress=ours) == [expected]


def test_unrelated_containers() -> None:
    port = free_port()
    engine = FakeEngine(
        FakeContainer("elsewhere", {}, (port,), "127.0.0.2"),
        FakeContainer("other", {}, (port + 1,)),
        FakeContainer("stopped", {}, (port,), status="exited"),
        FakeContainer("datagrams", {}, (port,), protocol="udp"),
    )
    assert problems(engine, port=port, bindAddress="127.0.0.1") == []


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("0.0.0.0", "::"), ("127.0.0.1", "::"), ("::", "0.0.0.0"), ("::1", "127.0.0.1")],
)
def test_container_on_other_address_family(ours: str, theirs: str) -> None:
    port = free_port()
    engine = FakeEngine(FakeContainer("proxy", {}, (port,), theirs))
    assert problems(engine, port=port, bindAddress=ours) == [], "Docker starts both"


def test_program_on_other_address_family() -> None:
    remote = FakeEngine(url="tcp://localhost:2375")
    with socket.create_server(("0.0.0.0", 0)) as listener:
        port = int(listener.getsockname()[1])
        assert problems(FakeEngine(), port=port, bindAddress="::") == [], (
            "Docker listens on :: for IPv6 only"
        )
        assert problems(remote, port=port, bindAddress="::") == []
    with socket.create_server(("::", 0), family=socket.AF_INET6) as listener:
        port = int(listener.getsockname()[1])
        assert problems(FakeEngine(), port=port, bindAddress="0.0.0.0") == []
        assert problems(FakeEngine(), port=port, bindAddress="::") == [by_program(port)]
        assert problems(remote, port=port, bindAddress="0.0.0.0") == []


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_program_on_both_address_families(address: str) -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        port = int(listener.getsockname()[1])
        assert problems(FakeEngine(), port=port, bindAddress=address) == [by_program(port)]


@pytest.mark.parametrize("status", ["running", "restarting", "paused"])
def test_own_container(taken: int, status: str) -> None:
    engine = FakeEngine(FakeContainer("spectro-registry", ports=(taken,), status=status))
    assert problems(engine, port=taken) == [], "`docker ps` shows no ports unless it runs"


@pytest.mark.parametrize("status", ["exited", "created"])
def test_own_stopped_container(taken: int, status: str) -> None:
    engine = FakeEngine(FakeContainer("spectro-registry", ports=(taken,), status=status))
    assert problems(engine, port=taken) == [by_program(taken)], "it does not hold the port"


def test_own_container_on_other_port(taken: int) -> None:
    free = free_port()
    engine = FakeEngine(FakeContainer("spectro-registry", ports=(taken,)))
    assert problems(engine, port=free) == []
    moving = FakeEngine(FakeContainer("spectro-registry", ports=(free,)))
    assert problems(moving, port=taken) == [by_program(taken)]


def test_own_container_with_other_name(taken: int) -> None:
    engine = FakeEngine(FakeContainer("old-name", ports=(taken,)))
    assert problems(engine, port=taken, containerName="new-name") == [], (
        "the update removes the old container first"
    )


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (REMOTE, "0.0.0.0"),
        (REMOTE, "::"),
        ("tcp://[::1]:2375", "0.0.0.0"),
        ("ssh://ops@127.0.0.1:2222", "0.0.0.0"),
    ],
)
def test_free_port_on_remote_host(url: str, address: str) -> None:
    assert problems(FakeEngine(url=url), port=free_port(), bindAddress=address) == []


def test_taken_port_on_remote_host(taken: int) -> None:
    assert problems(FakeEngine(url=REMOTE), port=taken) == [by_program(taken)]


def test_host_known_only_to_ssh(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unresolved(socket.socket):
        def connect(self, _: Any) -> None:
            raise socket.gaierror(-2, "Name or service not known")

        def connect_ex(self, _: Any) -> int:
            raise socket.gaierror(-2, "Name or service not known")

    def unresolved(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "socket", Unresolved)
    monkeypatch.setattr(socket, "getaddrinfo", unresolved)
    assert problems(FakeEngine(url="ssh://build"), port=8443) == [], "an alias of ~/.ssh/config"


@pytest.mark.parametrize("loopback", ["127.0.0.1", "::1"])
def test_loopback_address_of_remote_host(loopback: str) -> None:
    engine, port = FakeEngine(url="tcp://build.example.com:2376"), free_port()
    assert problems(engine, port=port, bindAddress=loopback) == [
        (
            f"bindAddress: {loopback} can be reached only on the Docker host build.example.com, "
            "but this machine verifies the registry. Set verify to false, or bindAddress to an "
            "address of that host, for example 0.0.0.0."
        )
    ]
    assert problems(engine, port=port, bindAddress=loopback, verify=False) == [], (
        "a proxy on that host can reach it"
    )
    local = FakeEngine(url="tcp://localhost:2376")
    assert problems(local, port=port, bindAddress=loopback) == []
    assert problems(FakeEngine(), port=port, bindAddress=loopback) == []


def test_local_port_is_irrelevant_for_remote_loopback(taken: int) -> None:
    engine = FakeEngine(url="tcp://build.example.com:2376")
    assert problems(engine, port=taken, bindAddress="127.0.0.1", verify=False) == []


def test_program_on_port_of_metrics(taken: int) -> None:
    (problem,) = problems(FakeEngine(), port=free_port(), metrics={"port": taken})
    assert problem == (
        f"metrics.port: {taken} is in use by another program on the Docker host. Find it with "
        f"`sudo ss -ltnp 'sport = :{taken}'` and stop it, or set metrics.port to a free port."
    )


def test_container_on_port_of_metrics() -> None:
    other = FakeContainer("exporter", {}, (9100,), "127.0.0.1")
    (problem,) = problems(FakeEngine(other), port=free_port(), metrics={"port": 9100})
    assert problem.startswith("metrics.port: 9100 is in use by the container exporter")
    elsewhere = FakeContainer("exporter", {}, (9100,), "10.0.0.5")
    assert problems(FakeEngine(elsewhere), port=free_port(), metrics={"port": 9100}) == []


def test_own_port_of_metrics(taken: int) -> None:
    own = FakeContainer("spectro-registry", ports=(443, taken), ip="127.0.0.1")
    metrics = {"port": taken}
    assert problems(FakeEngine(own), bindAddress="127.0.0.1", metrics=metrics) == []
