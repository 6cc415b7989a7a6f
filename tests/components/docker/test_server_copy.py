"""A copy of the server's container."""

from __future__ import annotations

from typing import Any

import pytest

from components.docker.server_copy import Differences, copy_of, further_networks
from tests.support.fakes import FakeContainer

LABELS = {"pack-registry.stack": "test"}


def server(network_mode: str = "default", *networks: str) -> dict[str, Any]:
    inspected = FakeContainer("registry").inspected
    inspected["HostConfig"]["NetworkMode"] = network_mode
    inspected["NetworkSettings"]["Networks"] = {name: {} for name in networks or ("bridge",)}
    return inspected


def test_read_only_server() -> None:
    original = server()
    differences = Differences(labels=LABELS, environment={"READONLY": "true"}, serves=True)
    copy = copy_of(original, differences)
    host = copy["HostConfig"]
    assert copy["Image"] == "sha256:1", "the ID of what runs, and not a tag"
    assert copy["Labels"] == LABELS
    assert copy["Env"] == ["REGISTRY_LOG_LEVEL=info", "PATH=/bin", "READONLY=true"]
    assert (copy["Entrypoint"], copy["Cmd"]) == (["/registry"], ["serve", "/config/registry.yml"])
    assert "Hostname" not in copy
    assert host["RestartPolicy"] == {"Name": "no"}
    for kept in ("PortBindings", "Mounts", "LogConfig", "ReadonlyRootfs"):
        assert host[kept] == original["HostConfig"][kept]


def test_collector() -> None:
    command = (["/registry"], ["garbage-collect", "/config/registry.yml"])
    differences = Differences(labels=LABELS, command=command, has_network=False)
    copy = copy_of(server(), differences)
    assert (copy["Entrypoint"], copy["Cmd"]) == command
    assert copy["ExposedPorts"] is None
    host = copy["HostConfig"]
    assert host["PortBindings"] == {}
    assert host["NetworkMode"] == "none"
    assert host["LogConfig"] == {"Type": "json-file", "Config": {}}, "no line may be lost"
    assert [mount.get("ReadOnly") for mount in host["Mounts"]] == [None, None]


def test_dry_run_can_not_write() -> None:
    copy = copy_of(server(), Differences(labels=LABELS, has_read_only_data=True))
    assert [mount.get("ReadOnly") for mount in copy["HostConfig"]["Mounts"]] == [None, True]


def test_variable_replaces_servers() -> None:
    copy = copy_of(server(), Differences(labels=LABELS, environment={"PATH": "/other"}))
    assert copy["Env"] == ["REGISTRY_LOG_LEVEL=info", "PATH=/other"]


@pytest.mark.parametrize(
    ("mode", "networks", "expected"),
    [
        ("default", ("bridge",), {}),
        ("bridge", ("bridge", "backend"), {"backend": {"Aliases": ["registry"]}}),
        ("backend", ("backend", "other"), {"other": {"Aliases": ["registry"]}}),
    ],
)
def test_networks_of_read_only_server(
    mode: str, networks: tuple[str, ...], expected: dict[str, Any]
) -> None:
    original, differences = server(mode, *networks), Differences(labels=LABELS, serves=True)
    assert further_networks(original, differences) == expected
    primary = copy_of(original, differences).get("NetworkingConfig")
    if mode == "backend":
        assert primary == {"EndpointsConfig": {"backend": {"Aliases": ["registry"]}}}
    else:
        assert primary is None, "Docker's default network has no aliases"


def test_networks_of_collector() -> None:
    original = server("bridge", "bridge", "backend")
    assert further_networks(original, Differences(labels=LABELS, has_network=False)) == {}
    assert further_networks(original, Differences(labels=LABELS)) == {"backend": {"Aliases": []}}
