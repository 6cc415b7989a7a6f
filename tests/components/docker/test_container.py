"""The server's container: hardened by default. Each measure is relaxed by its own setting."""

from __future__ import annotations

from typing import Any

import pytest

from components.storage.location import StorageLocation
from tests.support.component import WRITERS, container, declared, labels
from tests.support.recording import Run

DEFAULTS = {
    "readOnly": True,
    "tmpfs": {"/tmp": "rw,noexec,nosuid,nodev,size=64m"},
    "securityOpts": ["no-new-privileges:true"],
    "capabilities": {"adds": [], "drops": ["ALL"]},
    "memory": 2048,
    "memorySwap": 2048,
    "cpus": "1.0",
    "logDriver": "json-file",
    "logOpts": {"max-size": "10m", "max-file": "3"},
    "restart": "always",
}


def hardening(run: Run) -> dict[str, Any]:
    inputs = container(run).inputs
    return {name: inputs[name] for name in DEFAULTS if name in inputs}


def test_hardened_by_default(default: Run) -> None:
    assert hardening(default) == DEFAULTS
    assert labels(default)["pack-registry.pids-limit"] == "256"


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ({"server": {"readOnlyRoot": False}}, {"readOnly": False, "tmpfs": None}),
        ({"server": {"noNewPrivileges": False}}, {"securityOpts": []}),
        ({"server": {"dropCapabilities": []}}, {"capabilities": {"adds": [], "drops": []}}),
        (
            {"server": {"dropCapabilities": ["net_raw"]}},
            {"capabilities": {"adds": [], "drops": ["CAP_NET_RAW"]}},
        ),
        (
            {"server": {"addCapabilities": ["net_bind_service"]}},
            {"capabilities": {"adds": ["CAP_NET_BIND_SERVICE"], "drops": ["ALL"]}},
        ),
        ({"server": {"restart": "unless-stopped"}}, {"restart": "unless-stopped"}),
        ({"server": {"logMaxSize": "50M"}}, {"logOpts": {"max-size": "50m", "max-file": "3"}}),
        ({"server": {"logMaxFiles": 5}}, {"logOpts": {"max-size": "10m", "max-file": "5"}}),
        ({"limits": {"memory": "128m"}}, {"memory": 128, "memorySwap": 128}),
        ({"limits": {"memory": "512m"}}, {"memory": 512, "memorySwap": 512}),
        ({"limits": {"memory": "4G"}}, {"memory": 4096, "memorySwap": 4096}),
        ({"limits": {"cpus": 0.5}}, {"cpus": "0.5"}),
        ({"limits": {"cpus": 1.25}}, {"cpus": "1.25"}),
        ({"limits": {"cpus": 2}}, {"cpus": "2.0"}),
        ({"limits": {"cpus": 10}}, {"cpus": "10.0"}),
    ],
)
def test_one_setting_changes_one_measure(settings: dict[str, Any], changed: dict[str, Any]) -> None:
    expected = {name: value for name, value in {**DEFAULTS, **changed}.items() if value is not None}
    assert hardening(declared(**settings)) == expected


def test_process_limit_is_label() -> None:
    made = declared(limits={"pids": 512})
    assert labels(made)["pack-registry.pids-limit"] == "512", (
        "a preview shows the change, although the provider has no argument for it"
    )


@pytest.mark.parametrize("writer", WRITERS)
def test_writers_have_no_capabilities(writer: str) -> None:
    made = declared(server={"addCapabilities": ["CAP_SYS_ADMIN"]})
    assert "capabilities" not in made.resources[writer].inputs


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        ({}, "true"),
        ({"keepOnDestroy": False}, "false"),
        ({"kind": "path", "path": "/srv/packs"}, "true"),
        ({"kind": "s3", "s3": {"bucket": "packs", "region": "any"}}, "true"),
        ({"kind": "memory", "confirmLoss": True}, "false"),
    ],
)
def test_keeps_data_label(storage: dict[str, Any], expected: str) -> None:
    assert labels(declared(storage=storage))["pack-registry.keeps-data"] == expected


def test_storage_label(default: Run) -> None:
    label = labels(default)["pack-registry.storage"]
    assert label == '{"kind":"volume","name":"spectro-registry-data"}'
    assert str(StorageLocation.from_label(label)) == "the volume spectro-registry-data"


def test_port_of_metrics() -> None:
    inputs = declared(metrics={"port": 5001}).resources["registry-server"].inputs
    ports = [(port["internal"], port["external"], port["ip"]) for port in inputs["ports"]]
    assert ports == [(5000, 443, "0.0.0.0"), (5001, 5001, "127.0.0.1")]
    assert "REGISTRY_HTTP_DEBUG_ADDR=:5001" in inputs["envs"]
    assert "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED=true" in inputs["envs"]
