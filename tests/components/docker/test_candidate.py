"""The container of a smoke test: like the server's, with its own files and read-only packs."""

from __future__ import annotations

from typing import Any

import pytest

from components.docker.candidate import CandidateInputs, candidate_spec
from components.docker.container_spec import ContainerSpec
from components.docker.engine import LOCAL_SOCKET
from components.servers.distribution.environment import READ_ONLY, environment
from tests.support.component import container, declare, distribution_of, plan_of
from tests.support.fakes import OWNER, FakeEngine

S3 = {"kind": "s3", "s3": {"bucket": "packs", "region": "eu-central-1"}}
LETSENCRYPT = {"mode": "letsencrypt", "letsencrypt": {"email": "ops@example.com"}}
REMOTE = "tcp://127.0.0.1:2376"


def spec_of(url: str = LOCAL_SOCKET, **settings: Any) -> ContainerSpec:
    plan = plan_of(**settings)
    inputs = CandidateInputs("The new image", "sha256:2", {}, plan.data_volume or plan.storage.path)
    return candidate_spec(FakeEngine(url=url), plan, OWNER, inputs)


def created(**settings: Any) -> dict[str, Any]:
    """Return the arguments for Docker's API, those for the host included."""
    options = spec_of(**settings).to_docker_api()
    host_config: dict[str, Any] = options.pop("host_config")
    return {**options, **host_config}


def mounts(**settings: Any) -> set[tuple[str, str | None, str, bool]]:
    return {
        (mount["Target"], mount["Source"], mount["Type"], mount["ReadOnly"])
        for mount in created(**settings)["mounts"]
    }


def test_mounts() -> None:
    own = {("/auth", None, "volume", False), ("/certs", None, "volume", False)}
    packs = ("/data", "spectro-registry-data", "volume", True)
    assert mounts() == own | {packs}, "it does not use the server's config volume"
    directory = mounts(storage={"kind": "path", "path": "/srv/packs"})
    assert directory == own | {("/data", "/srv/packs", "bind", True)}
    plain_http = mounts(tls={"mode": "off"})
    assert plain_http == {("/auth", None, "volume", False), packs}
    acme = mounts(hostname="registry.example.com", tls=LETSENCRYPT)
    assert ("/acme", "spectro-registry-acme", "volume", True) in acme, (
        "no new certificate is requested"
    )
    assert ("/config", None, "volume", False) in acme, "its configuration file"


def test_bucket_is_read_only() -> None:
    options = created(storage=S3)
    directories = ("/auth", "/certs", "/config")
    assert mounts(storage=S3) == {(directory, None, "volume", False) for directory in directories}
    assert options["command"] == ["serve", "/config/registry.yml"]
    expected = environment(distribution_of(hostname="localhost", storage=S3))
    assert options["environment"] == {**expected, **READ_ONLY}
    assert not set(READ_ONLY) & set(created()["environment"]), "a mount is read-only by itself"


@pytest.mark.parametrize(
    ("url", "settings", "address"),
    [
        (LOCAL_SOCKET, {}, "127.0.0.1"),
        (LOCAL_SOCKET, {"bindAddress": "10.10.0.5"}, "127.0.0.1"),
        (REMOTE, {}, "0.0.0.0"),
        (REMOTE, {"bindAddress": "10.10.0.5"}, "10.10.0.5"),
    ],
)
def test_published_address(url: str, settings: dict[str, Any], address: str) -> None:
    (port,) = spec_of(url, **settings).ports
    assert (port.internal, port.external, port.address) == (5000, None, address), (
        "a remote host's loopback address can't be reached from here"
    )


@pytest.mark.parametrize(
    ("url", "settings", "tried"),
    [
        (LOCAL_SOCKET, {}, []),
        (LOCAL_SOCKET, {"bindAddress": "10.10.0.5"}, [(5000, "10.10.0.5")]),
        (REMOTE, {"bindAddress": "10.10.0.5"}, []),
        (LOCAL_SOCKET, {"metrics": {"port": 5001}}, []),
        (REMOTE, {"metrics": {"port": 5001, "address": "10.1.0.5"}}, [(5001, "10.1.0.5")]),
    ],
)
def test_other_addresses_are_tried(
    url: str, settings: dict[str, Any], tried: list[tuple[int, str]]
) -> None:
    """The Docker host may not have them."""
    inputs = CandidateInputs("The new image", "sha256:2", {}, "", tries_addresses=True)
    _, *others = candidate_spec(FakeEngine(url=url), plan_of(**settings), OWNER, inputs).ports
    assert [(port.internal, port.address) for port in others] == tried
    assert {port.external for port in others} <= {None}


def test_hardening_and_limits() -> None:
    options = created(
        server={"addr": ":8443", "addCapabilities": ["CHOWN"]},
        limits={"memory": "512m", "cpus": 1.5, "pids": 64},
    )
    assert options["port_bindings"] == {8443: [("127.0.0.1", None)]}
    expected = {
        "read_only": True,
        "cap_drop": ["ALL"],
        "cap_add": ["CAP_CHOWN"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": 2**29,
        "memswap_limit": 2**29,
        "nano_cpus": 1_500_000_000,
        "pids_limit": 64,
    }
    assert {name: options[name] for name in expected} == expected
    assert "/tmp" in options["tmpfs"]
    assert options["labels"] == {**OWNER.labels, "pack-registry.candidate": "true"}, (
        "the next update recognizes it"
    )
    assert options["restart_policy"]["Name"] == "no"
    relaxed = created(server={"readOnlyRoot": False, "noNewPrivileges": False})
    assert (relaxed["read_only"], relaxed["tmpfs"], relaxed["security_opt"]) == (False, None, None)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {
            "server": {
                "readOnlyRoot": False,
                "noNewPrivileges": False,
                "dropCapabilities": ["NET_RAW"],
                "addCapabilities": ["CHOWN"],
            }
        },
        {
            "limits": {"memory": "512m", "cpus": 1.5},
            "storage": {"kind": "path", "path": "/srv/packs"},
            "server": {"drainSeconds": 5},
        },
    ],
    ids=["default", "relaxed", "limited"],
)
def test_same_as_server(settings: dict[str, Any]) -> None:
    options = created(**settings)
    server = container(declare(hostname="localhost", **settings)).inputs
    assert (options["tmpfs"], options["read_only"]) == (server.get("tmpfs"), server["readOnly"])
    assert (options["security_opt"] or []) == server["securityOpts"]
    assert {"adds": options["cap_add"], "drops": options["cap_drop"]} == server["capabilities"]
    assert (options["mem_limit"], options["memswap_limit"]) == (
        server["memory"] * 2**20,
        server["memorySwap"] * 2**20,
    )
    assert options["nano_cpus"] == float(server["cpus"]) * 10**9
    variables = [f"{name}={value}" for name, value in options["environment"].items()]
    assert variables == server["envs"]
    assert options["command"] == server.get("command")
    assert options["log_config"].config == server["logOpts"]
