"""One specification for the Docker provider and for Docker's API."""

from __future__ import annotations

from typing import Any

import pulumi_docker

from components.docker.container_spec import ContainerSpec, Mount, PublishedPort

SPEC = ContainerSpec(
    name="server",
    image="sha256:1",
    labels={"a": "b"},
    command=["serve", "x"],
    environment={"KEY": "a=b", "EMPTY": ""},
    ports=[PublishedPort(5000, 443, "127.0.0.1"), PublishedPort(5000, 443, "::1")],
    mounts=[Mount("/data", "packs"), Mount("/auth", "/srv", "bind", read_only=True)],
    networks=["backend"],
    tmpfs={"/tmp": "rw"},
    read_only_root=True,
    security_options=["no-new-privileges:true"],
    add_capabilities=["CAP_CHOWN"],
    drop_capabilities=["ALL"],
    memory=2**29,
    cpus=1.5,
    pids_limit=64,
    restart="always",
    log_options={"max-size": "10m"},
    stop_seconds=10,
)


def test_provider_arguments() -> None:
    arguments = SPEC.to_pulumi()
    pulumi_docker.ContainerArgs(**arguments)  # which rejects unknown names
    plain: dict[str, Any] = {
        "envs": ["KEY=a=b", "EMPTY="],
        "command": ["serve", "x"],
        "memory": 512,
        "memory_swap": 512,
        "cpus": "1.5",
        "stop_timeout": 10,
        "destroy_grace_seconds": 10,
        "restart": "always",
        "log_driver": "json-file",
    }
    assert {name: arguments[name] for name in plain} == plain
    networks = [network.name for network in arguments["networks_advanced"]]
    assert networks == ["bridge", "backend"], "the provider replaces Docker's default network"


def test_api_arguments() -> None:
    arguments = SPEC.to_docker_api()
    host_config = arguments["host_config"]
    assert arguments["environment"] == {"KEY": "a=b", "EMPTY": ""}
    assert (arguments["ports"], arguments["stop_timeout"]) == ([5000], 10)
    assert host_config["port_bindings"] == {5000: [("127.0.0.1", 443), ("::1", 443)]}
    assert (host_config["mem_limit"], host_config["memswap_limit"]) == (2**29, 2**29)
    assert (host_config["nano_cpus"], host_config["pids_limit"]) == (1_500_000_000, 64)
    assert host_config["restart_policy"] == {"Name": "always", "MaximumRetryCount": 0}
    mounts = [(mount["Type"], mount["ReadOnly"]) for mount in host_config["mounts"]]
    assert mounts == [("volume", False), ("bind", True)]


def test_defaults_are_dockers() -> None:
    spec = ContainerSpec(name="x", image="y", labels={})
    host_config = spec.to_docker_api()["host_config"]
    unlimited = ("mem_limit", "memswap_limit", "nano_cpus")
    assert [host_config[name] for name in unlimited] == [0, 0, 0]
    assert host_config["restart_policy"]["Name"] == "no"
    assert spec.to_pulumi()["networks_advanced"] is None
