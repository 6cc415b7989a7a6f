"""Docker hosts on which a stack's registry is by its record, though its settings name another one by now."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli import old_hosts as module
from cli.old_hosts import old_hosts, told_unreachable
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


def test_a_host_on_which_nothing_is_recorded_is_none_of_them() -> None:
    assert [host.url for host in old_hosts(recorded(*OLD_AND_NEW), "dev", NEW)] == [OLD]
    assert [host.url for host in old_hosts(recorded(*OLD_AND_NEW), "dev", OLD)] == [], (
        "it is there and stays"
    )
    assert (
        old_hosts(
            FakePulumi({"stack export": (255, "", "error: no stack named 'dev' found")}), "dev", NEW
        )
        == []
    )


def test_the_environments_own_host_is_one_whatever_it_was_called() -> None:
    pulumi = recorded(
        provider("default_5_1_0", host="tcp://named.by.docker.host:2376"),
        container("default_5_1_0"),
    )
    assert old_hosts(pulumi, "dev", "") == []
    assert [str(host) for host in old_hosts(pulumi, "dev", NEW)] == [
        "the environment's Docker host"
    ]


def test_a_host_that_cannot_be_reached_is_told_with_what_forgets_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, str]] = []

    def refusal(host: DockerEngine) -> str | None:
        asked.append((host.url, host.cert_path))
        return "timed out"

    monkeypatch.setattr(module, "refusal", refusal)
    assert told_unreachable(recorded(*OLD_AND_NEW), "dev", NEW) == (
        f"By its record the registry of dev is on {OLD}, where Docker can't be reached (timed out). Bring that host back; if it is gone for good, "
        "have the record forget what was on it: `pulumi state delete --stack dev --target-dependents "
        f"{PREFIX}pulumi:providers:docker::registry-docker-1` "
        "(docs/operations.md, Another Docker host)."
    )
    assert asked == [(OLD, "/certs")], "as it was reached"
    monkeypatch.setattr(module, "refusal", lambda _: None)
    assert told_unreachable(recorded(*OLD_AND_NEW), "dev", NEW) == "", "it is not the reason"
