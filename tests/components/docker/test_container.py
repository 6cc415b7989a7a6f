"""The container is hardened by default, and each measure is relaxed by its own setting and no other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.component import WRITERS, container, declare
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


def pids_label(run: Run) -> str:
    return next(
        str(label["value"])
        for label in container(run).inputs["labels"]
        if label["label"] == "pack-registry.pids-limit"
    )


def test_the_defaults_are_hardened(default: Run) -> None:
    assert hardening(default) == DEFAULTS, "whoever sets nothing gets the hardened container"
    assert pids_label(default) == "256", "a fork bomb in the container must not take its host along"


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
        ({"limits": {"memory": "512m"}}, {"memory": 512, "memorySwap": 512}),
        ({"limits": {"memory": "4G"}}, {"memory": 4096, "memorySwap": 4096}),
        ({"limits": {"cpus": 0.5}}, {"cpus": "0.5"}),
        ({"limits": {"cpus": 2}}, {"cpus": "2.0"}),
    ],
)
def test_a_setting_changes_its_own_measure_and_no_other(
    settings: dict[str, Any], changed: dict[str, Any]
) -> None:
    expected = {name: value for name, value in {**DEFAULTS, **changed}.items() if value is not None}
    assert hardening(declare(**settings)) == expected, (
        "relaxing one measure must leave the others in place"
    )


def test_the_limit_of_processes_replaces_the_container_by_its_label() -> None:
    assert pids_label(declare(limits={"pids": 512})) == "512", (
        "the label is how a changed limit is seen in a preview"
    )


def test_memory_limits_are_whole_mebibytes_as_the_provider_takes_them() -> None:
    inputs = container(declare(limits={"memory": "128m"})).inputs
    assert inputs["memory"] == 128, "the provider's unit is the mebibyte"
    assert inputs["memory"] == inputs["memorySwap"], (
        "equal values mean no swap, and without the second one every preview shows a change"
    )


@pytest.mark.parametrize("writer", WRITERS)
def test_a_writer_gets_none_of_the_servers_capabilities(writer: str) -> None:
    made = declare(server={"addCapabilities": ["CAP_SYS_ADMIN"]})
    assert "capabilities" not in made.resources[writer].inputs, (
        "it is never started, and needs nothing"
    )
