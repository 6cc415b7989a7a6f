"""Requests to a server: whether it answers, whether it keeps answering, and the end of its log."""

from __future__ import annotations

import pytest

from components.docker.container_state import ContainerState
from components.docker.server_check import answers, log_tail, watch
from components.docker.server_version import find_server
from components.servers.distribution.routes import REGISTRY_APIS
from components.settings import Flavor
from components.verification.probe import Probe
from components.verification.tls_client import Endpoint
from tests.components.docker.docker_api import INSPECTED
from tests.support.certificates import issue
from tests.support.docker import free_port
from tests.support.fakes import OTHER_OWNER, OWNER, FakeContainer, FakeEngine
from tests.support.registry_server import Registry, serving

PANIC = [
    "level=info msg=start",
    "panic: unable to configure storage middleware",
    "",
    "goroutine 1 [running]:",
    *(f"main.frame{number}()" for number in range(30)),
]


def server(port: int, mode: str, status: str = "running") -> FakeContainer:
    labels = {**OWNER.labels, "pack-registry.tls": mode}
    return FakeContainer("packs", labels, (port,), "127.0.0.1", status=status)


@pytest.mark.parametrize("mode", ["off", "provided"])
def test_answers(mode: str) -> None:
    issued = None if mode == "off" else issue("localhost", ["localhost"])
    with serving(Registry(), issued) as port:
        found = server(port, mode)
        assert answers(FakeEngine(found), found.state)
        stopped = server(port, mode, "exited")
        assert not answers(FakeEngine(stopped), stopped.state)


def test_port_with_metrics_is_no_answer() -> None:
    ports = {
        "5000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8443"}],
        "5001/tcp": [{"HostIp": "127.0.0.1", "HostPort": "443"}],
    }
    inspected = {
        **INSPECTED,
        "Config": {
            "Labels": {},
            "Env": ["REGISTRY_AUTH=htpasswd", "REGISTRY_HTTP_DEBUG_ADDR=:5001"],
        },
        "HostConfig": {"PortBindings": ports},
    }
    found = ContainerState.of(inspected)
    assert found.served == {("127.0.0.1", 8443)}
    assert found.published == {("127.0.0.1", 8443), ("127.0.0.1", 443)}


@pytest.mark.parametrize("mode", ["off", "provided"])
def test_no_answer(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.docker.server_check.ANSWER_SECONDS", 0.02)
    found = server(free_port(), mode)
    assert not answers(FakeEngine(found), found.state)


def test_log_without_stack_trace() -> None:
    """The reason of a panic precedes a stack trace that is longer than what messages show."""
    found = FakeContainer("packs", log=PANIC)
    assert log_tail(FakeEngine(found), found.state) == PANIC[:2]
    found.log = [str(number) for number in range(40)]
    assert log_tail(FakeEngine(found), found.state) == found.log[-15:]


def test_watch() -> None:
    registry = Registry()
    with serving(registry, None) as port:
        probe = Probe(Endpoint("localhost", "127.0.0.1", port, None), REGISTRY_APIS[Flavor.PACK])
        found = server(port, "off")
        assert watch(FakeEngine(found), found.state, probe, 0.2) == []
        assert len(registry.seen) > 2
        ended = server(port, "off", "exited")
        (failure,) = watch(FakeEngine(ended), ended.state, probe, 0)
        assert failure.response == "the server ended"
    probe = Probe(Endpoint("localhost", "127.0.0.1", port, None), REGISTRY_APIS[Flavor.PACK])
    (failure,) = watch(FakeEngine(found), found.state, probe, 0.6)
    assert "refused" in failure.response


def test_find_server() -> None:
    labels = {**OWNER.labels, "pack-registry.storage": "{}"}
    renamed = FakeContainer("old", labels)
    named = FakeContainer("packs", labels, status="exited")
    assert find_server(FakeEngine(renamed, named), "packs", OWNER) == named.state
    assert find_server(FakeEngine(renamed), "packs", OWNER) == renamed.state
    for other in (
        FakeContainer("old", labels, status="exited"),
        FakeContainer("old", {**labels, **OTHER_OWNER.labels}),
        FakeContainer("packs-config-users-writer", dict(OWNER.labels)),
    ):
        assert find_server(FakeEngine(other), "packs", OWNER) is None
