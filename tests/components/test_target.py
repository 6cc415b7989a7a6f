"""The component of each target: which one a stack gets, its imports, and what survives a move."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from common.errors import UserError
from components.pack_registry import PackRegistry
from components.program import declare_registry
from components.registry_component import RegistryComponent
from components.target_change import target_change_warning
from tests.support.component import arguments_of, declare, declared, served
from tests.support.kubernetes import declare_on_kubernetes, declared_on_kubernetes
from tests.support.kubernetes_plan import S3
from tests.support.recording import Recorder, Run, run

KUBERNETES = {"target": "kubernetes", "storage": S3}
TYPES = {
    "docker": "pack-registry:index:PackRegistry",
    "kubernetes": "pack-registry:index:KubernetesPackRegistry",
}


@pytest.mark.parametrize("target", TYPES)
def test_component_of_target(target: str) -> None:
    storage = {"storage": S3, "target": target}
    made = run(
        Recorder(served()), lambda: declare_registry("registry", arguments_of(storage)).outputs
    )
    assert made.resources["registry"].typ == TYPES[target]
    assert list(made.outputs) == RegistryComponent.output_names()


def test_docker_by_default() -> None:
    made = run(Recorder(served()), lambda: declare_registry("registry", arguments_of({})).outputs)
    assert made.resources["registry"].typ == TYPES["docker"]


def test_component_refuses_other_target() -> None:
    with pytest.raises(UserError, match="kubernetes requires the component KubernetesPackRegistry"):
        declare(target="kubernetes", storage=S3)
    with pytest.raises(UserError, match="docker requires the component PackRegistry"):
        declare_on_kubernetes(target="docker")


def test_other_targets_component_is_alias() -> None:
    for target, made in (("docker", declared()), ("kubernetes", declared_on_kubernetes())):
        (alias,) = made.resources["registry"].request.aliases
        (other,) = set(TYPES) - {target}
        assert alias.spec.type == TYPES[other], "children are found under their old parent"


def test_passwords_and_keys_have_same_names() -> None:
    found = [_kept(made) for made in (declared(storage=S3), declared_on_kubernetes())]
    assert found[0] == found[1], "a resource with another name or input is replaced"
    assert {name for name, _, _ in found[0]} == {
        "registry-admin-password",
        "registry-certificate",
        "registry-http-secret",
        "registry-key",
        "registry-readers-seed",
        "registry-salt",
    }


def test_generated_ca_has_same_name() -> None:
    tls: dict[str, Any] = {"tls": {"mode": "private-ca"}}
    docker, kubernetes = declared(storage=S3, **tls), declared_on_kubernetes(**tls)
    assert _kept(docker) == _kept(kubernetes)
    assert "registry-ca" in {name for name, _, _ in _kept(docker)}


def test_outputs_survive_move() -> None:
    docker, kubernetes = declared(storage=S3).outputs, declared_on_kubernetes().outputs
    assert docker == kubernetes, "clients and Palette notice nothing"


def _kept(made: Run) -> list[tuple[str, str, str]]:
    """Return name, type and inputs of the resources that are on no host."""
    return sorted(
        (each.name, each.typ, repr(sorted(each.inputs.items())))
        for each in made.resources.values()
        if each.typ.startswith(("random:", "tls:"))
    )


def record(target: str, **changed: Any) -> dict[str, Any]:
    """Return recorded inputs of a registry whose packs are in a volume."""
    packs = {"kind": "volume", "name": "spectro-registry-data"}
    recorded: dict[str, Any] = {"packs": packs, "packsAreKept": True, **changed}
    return recorded if target == "docker" else {"target": target, **recorded}


def test_warning_of_move() -> None:
    docker, kubernetes = record("docker"), record("kubernetes")
    assert target_change_warning(docker, kubernetes) == (
        "target: the registry is created on kubernetes and removed from docker. The packs in the "
        "volume spectro-registry-data stay there. docs/how-to/kubernetes.md describes how to move "
        "them to a bucket."
    )
    assert "created on docker and removed from kubernetes" in target_change_warning(
        kubernetes, docker
    )
    bucket = target_change_warning(record("docker", packs={}), kubernetes)
    assert bucket == "target: the registry is created on kubernetes and removed from docker."


def test_no_warning_without_move() -> None:
    for target in TYPES:
        assert target_change_warning(record(target), record(target)) == ""
    assert target_change_warning({}, record("kubernetes")) == "", "nothing was recorded"


def test_move_that_loses_packs() -> None:
    with pytest.raises(UserError) as error:
        target_change_warning(record("docker", packsAreKept=False), record("kubernetes"))
    assert str(error.value) == (
        "target: the packs in the volume spectro-registry-data would be removed with the volume. "
        "Set target back to docker, set storage.keepOnDestroy to true, and run `make up`. Then "
        "change target. No changes were made."
    )


def test_registries_of_both_targets() -> None:
    from components.kubernetes_pack_registry import KubernetesPackRegistry

    def program() -> dict[str, pulumi.Output[Any]]:
        first = PackRegistry("first", arguments_of({}))
        second = KubernetesPackRegistry("second", arguments_of({"storage": S3}))
        return {"first": first.container_name, "second": second.container_name}

    made = run(Recorder(served()), program)
    assert set(made.outputs.values()) == {"spectro-registry"}
