"""Docker hosts that only a stack's state refers to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.docker import previous_hosts as module
from cli.docker.previous_hosts import previous_hosts, unreachable_host_hint
from components.docker.engine import DockerEngine
from tests.support.commands import FakePulumi

OLD, NEW = "tcp://old.example.com:2376", "ssh://ops@new.example.com"


PREFIX = "urn:pulumi:dev::pack-registry::"


def provider(name: str, **inputs: str) -> dict[str, Any]:
    return {
        "urn": f"{PREFIX}pulumi:providers:docker::{name}",
        "type": "pulumi:providers:docker",
        "inputs": inputs,
    }


def container(name: str) -> dict[str, Any]:
    return {
        "urn": f"{PREFIX}x::registry-server",
        "type": "docker:index/container:Container",
        "provider": f"{PREFIX}pulumi:providers:docker::{name}::id",
    }


def recorded(*resources: dict[str, Any]) -> FakePulumi:
    return FakePulumi(
        {"stack export": (0, json.dumps({"deployment": {"resources": resources}}), "")}
    )


OLD_AND_NEW = (
    provider("registry-docker-1", host=OLD, certPath="/certs"),
    provider("registry-docker-2", host=NEW),
    container("registry-docker-1"),
)


def test_hosts_in_state() -> None:
    assert [host.url for host in previous_hosts(recorded(*OLD_AND_NEW), "dev", NEW)] == [OLD]
    assert [host.url for host in previous_hosts(recorded(*OLD_AND_NEW), "dev", OLD)] == []
    assert (
        previous_hosts(
            FakePulumi({"stack export": (255, "", "error: no stack named 'dev' found")}), "dev", NEW
        )
        == []
    )


def test_default_host() -> None:
    pulumi = recorded(
        provider("default_5_1_0", host="tcp://named.by.docker.host:2376"),
        container("default_5_1_0"),
    )
    assert previous_hosts(pulumi, "dev", "") == []
    assert [str(host) for host in previous_hosts(pulumi, "dev", NEW)] == [
        "the environment's Docker host"
    ]


def test_unreachable_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[tuple[str, str]] = []

    def connection_error(host: DockerEngine) -> str | None:
        checked.append((host.url, host.cert_path))
        return "timed out"

    monkeypatch.setattr(module, "connection_error", connection_error)
    assert unreachable_host_hint(recorded(*OLD_AND_NEW), "dev", NEW) == (
        f"The state of stack dev has resources on {OLD}, where Docker is not reachable "
        "(timed out). Restore that host. If it is permanently gone, remove its resources from the "
        "state with `pulumi state delete --stack dev --target-dependents "
        f"{PREFIX}pulumi:providers:docker::registry-docker-1` "
        "(docs/how-to/docker-host.md, Leave a host that is gone)."
    )
    assert checked == [(OLD, "/certs")]
    monkeypatch.setattr(module, "connection_error", lambda _: None)
    assert unreachable_host_hint(recorded(*OLD_AND_NEW), "dev", NEW) == ""
