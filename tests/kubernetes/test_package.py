"""The package's component for clusters, in a YAML program with the real engine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from common.wait import wait_until
from components.kubernetes import names
from components.kubernetes.cluster import Cluster, PodState
from tests.support.kubernetes_stacks import settings_on_cluster
from tests.support.package import PASSWORD, Program, installed_package, pulumi_home
from tests.support.registry import Client

__all__ = ["installed_package", "pulumi_home"]

INPUTS = {
    "rotation": "${rotation}",
    "storage": {"kind": "memory", "confirmLoss": True},
    "users": [{"name": "spectro"}, {"name": "ci", "password": "${password}"}],
}
OUTPUTS = ("endpoint", "caCertificate", "adminPassword", "users", "catalogUrl")


@pytest.fixture
def program(
    engine: None, tmp_path: Path, pulumi_home: Path, installed_package: Path
) -> Iterator[Program]:
    """A YAML program whose registry is in its own namespace of the cluster."""
    made = Program(tmp_path, pulumi_home, "package-yaml")
    made.add(str(installed_package))
    made.create()
    yield made
    with contextlib.suppress(AssertionError):
        made.down()


def write(program: Program, **changes: Any) -> None:
    """Write the program. The inputs that the cluster decides are the same at every call."""
    settings = settings_on_cluster(program.stack, 1) | INPUTS | changes
    del settings["target"]
    node_port = {"type": "NodePort", "nodePort": 30000 + program.port % 2700}
    settings["kubernetes"] = {"namespace": program.stack, "service": node_port}
    registry = {"type": "pack-registry:KubernetesPackRegistry", "properties": settings}
    outputs = {name: f"${{registry.{name}}}" for name in OUTPUTS}
    program.write({"registry": registry}, outputs=outputs)


def pods(program: Program) -> list[PodState]:
    """The pods that are not being deleted."""
    found = Cluster().pods(program.stack, names.selector(program.stack))
    return [pod for pod in found if not pod.terminating]


def status(outputs: dict[str, Any], password: str | None = None) -> int:
    """The status of a request of the user `spectro` at the node port."""
    client = Client.of(outputs, "spectro", password)
    client.address = client.endpoint.split("//")[1].rsplit(":", 1)[0]
    return client.status("/v1/_catalog")


def test_lifecycle_of_yaml_program(program: Program) -> None:
    write(program)
    created = program.up()
    assert created["users"]["ci"] == PASSWORD
    assert status(created) == 200
    assert status(created, "a wrong password") == 401
    program.run("preview", "--expect-no-changes")
    program.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    exported = program.run("stack", "export")
    assert PASSWORD not in exported
    assert created["adminPassword"] not in exported
    (before,) = pods(program)

    write(program, tls={"validityDays": 0}, logLevel="debug")
    shown = program.failed_up()
    assert "- tls.validityDays: invalid value 0." in shown
    write(program, logLevel="debug")
    updated = program.up()
    assert updated == created
    (after,) = pods(program)
    assert after.name != before.name, "the server reads its configuration once"

    program.set(rotation="2")
    rotated = program.up()
    assert status(rotated) == 200
    assert status(rotated, created["users"]["spectro"]) == 401
    assert rotated["users"]["ci"] == PASSWORD
    assert [pod.name for pod in pods(program)] == [after.name], "rotation keeps the pod"

    program.down()
    assert wait_until(lambda: Cluster().find("Namespace", program.stack) is None, 60, 0.5)
