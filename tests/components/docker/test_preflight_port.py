"""The port on the Docker host: free, or the registry's own already."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from components.docker.addresses import reachable_address
from tests.components.docker.test_preflight import problems
from tests.support.docker import free_port
from tests.support.fakes import OTHER_OWNER, FakeContainer, FakeDockerHost


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which a program of this machine listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def by_program(port: int) -> str:
    return (
        f"port: {port} is taken by another program on the Docker host; "
        f"find it with `sudo ss -ltnp 'sport = :{port}'` and stop it, or set port to a free one"
    )


def by_container(port: int, name: str) -> str:
    return f"port: {port} is taken by the container {name} on the Docker host; stop that with `docker stop {name}`, or set port to a free one"


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1"])
def test_a_port_that_a_program_has_is_told(taken: int, address: str) -> None:
    assert problems(FakeDockerHost(), port=taken, bindAddress=address) == [by_program(taken)], (
        "Docker would make the container and not start it"
    )


def test_a_port_that_a_program_has_on_another_address_is_free(taken: int) -> None:
    assert problems(FakeDockerHost(), port=taken, bindAddress="127.0.0.2") == [], (
        "two programs may share a port on two addresses"
    )


def test_a_port_that_was_used_a_moment_ago_is_free() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Docker's own proxy does
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = int(listener.getsockname()[1])
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = listener.accept()
            accepted.close()  # whose end waits for stray packets for a minute
            client.recv(1)
    assert problems(FakeDockerHost(), port=port) == [], (
        "a registry that was just removed must not stand in its own way"
    )


def test_a_port_that_is_not_for_this_user_to_bind_is_tried_by_connecting(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    assert problems(FakeDockerHost(), port=taken) == [by_program(taken)], (
        "ports below 1024 are for root alone, and 443 is one of them"
    )
    monkeypatch.undo()
    free = free_port()
    monkeypatch.setattr(socket.socket, "bind", refuse)
    assert problems(FakeDockerHost(), port=free) == [], "nobody answers there"


def test_an_address_that_is_not_this_machines_is_left_to_docker() -> None:
    assert problems(FakeDockerHost(), bindAddress="192.0.2.1") == [], (
        "Docker says so in its own words"
    )


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
def test_a_port_that_somebody_elses_container_has_is_told(ours: str, theirs: str) -> None:
    port = free_port()
    of_a_stack = f"port: {port} is taken by the container proxy of the stack {OTHER_OWNER.stack}; set port to a free one"
    for labels, told in (({}, by_container(port, "proxy")), (OTHER_OWNER.labels, of_a_stack)):
        host = FakeDockerHost(FakeContainer("proxy", labels, (80, port), theirs))
        assert problems(host, port=port, bindAddress=ours) == [told], "its name is what helps most"


def test_a_container_on_another_address_port_or_protocol_is_no_problem() -> None:
    port = free_port()
    elsewhere = FakeContainer("elsewhere", {}, (port,), "127.0.0.2")
    other = FakeContainer("other", {}, (port + 1,))
    stopped = FakeContainer("stopped", {}, (port,), status="exited")
    datagrams = FakeContainer("datagrams", {}, (port,), protocol="udp")
    assert (
        problems(
            FakeDockerHost(elsewhere, other, stopped, datagrams), port=port, bindAddress="127.0.0.1"
        )
        == []
    ), "none of them is in the way"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("0.0.0.0", "::"), ("127.0.0.1", "::"), ("::", "0.0.0.0"), ("::1", "127.0.0.1")],
)
def test_a_container_on_the_other_kind_of_address_is_no_problem(ours: str, theirs: str) -> None:
    port = free_port()
    assert (
        problems(
            FakeDockerHost(FakeContainer("proxy", {}, (port,), theirs)), port=port, bindAddress=ours
        )
        == []
    ), "Docker starts both"


def test_a_program_on_the_other_kind_of_address_is_no_problem() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        port = int(listener.getsockname()[1])
        assert problems(FakeDockerHost(), port=port, bindAddress="::") == [], (
            "Docker listens on :: for IPv6 alone"
        )
        assert (
            problems(FakeDockerHost(url="tcp://localhost:2375"), port=port, bindAddress="::") == []
        ), "what answers there is no IPv6"
    with socket.create_server(("::", 0), family=socket.AF_INET6) as listener:
        port = int(listener.getsockname()[1])
        assert problems(FakeDockerHost(), port=port, bindAddress="0.0.0.0") == [], (
            "it listens for IPv6 alone"
        )
        assert problems(FakeDockerHost(), port=port, bindAddress="::") == [by_program(port)]
        assert (
            problems(FakeDockerHost(url="tcp://localhost:2375"), port=port, bindAddress="0.0.0.0")
            == []
        ), "what answers there is no IPv4"


def test_a_program_on_both_kinds_of_address_is_told() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        port = int(listener.getsockname()[1])
        for address in ("0.0.0.0", "::"):
            assert problems(FakeDockerHost(), port=port, bindAddress=address) == [
                by_program(port)
            ], "Docker would not start the container"


def test_our_own_registry_on_the_port_is_fine(taken: int) -> None:
    assert (
        problems(FakeDockerHost(FakeContainer("spectro-registry", ports=(taken,))), port=taken)
        == []
    ), "it is what an update finds"


@pytest.mark.parametrize("status", ["restarting", "paused"])
def test_our_own_registry_on_the_port_is_fine_in_every_state_that_keeps_it(
    taken: int, status: str
) -> None:
    host = FakeDockerHost(FakeContainer("spectro-registry", ports=(taken,), status=status))
    assert problems(host, port=taken) == [], "`docker ps` shows no ports of such a container"


@pytest.mark.parametrize("status", ["exited", "created"])
def test_our_own_registry_that_does_not_run_has_no_port(taken: int, status: str) -> None:
    host = FakeDockerHost(FakeContainer("spectro-registry", ports=(taken,), status=status))
    assert problems(host, port=taken) == [by_program(taken)], (
        "somebody else took the port when the registry stopped"
    )


def test_our_own_registry_may_move_to_another_port(taken: int) -> None:
    free = free_port()
    host = FakeDockerHost(FakeContainer("spectro-registry", ports=(taken,)))
    assert problems(host, port=free) == [], "the new port is free"
    moving = FakeDockerHost(FakeContainer("spectro-registry", ports=(free,)))
    assert problems(moving, port=taken) == [by_program(taken)], "the new port is not"


def test_our_own_registry_may_take_another_name(taken: int) -> None:
    host = FakeDockerHost(FakeContainer("old-name", ports=(taken,)))
    assert problems(host, port=taken, containerName="new-name") == [], (
        "the update removes the old container before it makes the new one"
    )


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("tcp://127.0.0.1:2375", "0.0.0.0"),
        ("tcp://127.0.0.1:2375", "::"),
        ("tcp://[::1]:2375", "0.0.0.0"),
        ("ssh://ops@127.0.0.1:2222", "0.0.0.0"),
    ],
)
def test_a_port_of_another_machine_is_tried_from_here_whatever_its_address_looks_like(
    url: str, address: str
) -> None:
    assert problems(FakeDockerHost(url=url), port=free_port(), bindAddress=address) == [], (
        "an address of the other kind must not end in a traceback"
    )


def test_a_port_that_is_taken_on_another_machine_is_told(taken: int) -> None:
    assert problems(FakeDockerHost(url="tcp://127.0.0.1:2375"), port=taken) == [
        by_program(taken)
    ], "it answers there already"


def test_a_host_whose_name_only_ssh_knows_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unresolved(socket.socket):
        def connect(self, _: Any) -> None:
            raise socket.gaierror(-2, "Name or service not known")

        def connect_ex(self, _: Any) -> int:
            raise socket.gaierror(-2, "Name or service not known")

    def unresolved(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "socket", Unresolved)
    monkeypatch.setattr(socket, "getaddrinfo", unresolved)
    assert problems(FakeDockerHost(url="ssh://build"), port=8443) == [], (
        "an alias of ~/.ssh/config is a right dockerHost"
    )


@pytest.mark.parametrize(
    ("url", "bound", "reached"),
    [
        ("unix:///var/run/docker.sock", "0.0.0.0", "127.0.0.1"),
        ("unix:///var/run/docker.sock", "::", "::1"),
        ("unix:///var/run/docker.sock", "10.10.0.5", "10.10.0.5"),
        ("ssh://ops@build.example.com:2222", "0.0.0.0", "build.example.com"),
        ("ssh://ops@build.example.com:2222", "10.10.0.5", "10.10.0.5"),
        ("tcp://127.0.0.1:2376", "127.0.0.1", "127.0.0.1"),
        ("tcp://[fd00::5]:2376", "::", "fd00::5"),
    ],
)
def test_a_published_port_is_reached_where_it_is_published(
    url: str, bound: str, reached: str
) -> None:
    assert reachable_address(FakeDockerHost(url=url), bound) == reached, (
        "the proof of the registry connects there"
    )


@pytest.mark.parametrize("loopback", ["127.0.0.1", "::1"])
def test_a_registry_on_another_machines_loopback_address_can_not_be_verified_from_here(
    loopback: str,
) -> None:
    host, port = FakeDockerHost(url="tcp://build.example.com:2376"), free_port()
    (told,) = problems(host, port=port, bindAddress=loopback)
    assert told == (
        f"bindAddress: {loopback} is reached on the Docker host build.example.com alone, and the registry is verified from here; "
        "set verify to false, or bindAddress to an address of that host, for example 0.0.0.0"
    ), "a minute of waiting would not change it"
    assert problems(host, port=port, bindAddress=loopback, verify=False) == [], (
        "behind a proxy on that machine it is right"
    )
    assert (
        problems(FakeDockerHost(url="tcp://localhost:2376"), port=port, bindAddress=loopback) == []
    ), "that host is this machine, or looks like it"
    assert problems(FakeDockerHost(), port=port, bindAddress=loopback) == [], (
        "this machine's own is reached"
    )


def test_a_port_of_this_machine_says_nothing_of_another_machines_loopback_address(
    taken: int,
) -> None:
    host = FakeDockerHost(url="tcp://build.example.com:2376")
    assert problems(host, port=taken, bindAddress="127.0.0.1", verify=False) == [], (
        "it is taken here, not there"
    )
