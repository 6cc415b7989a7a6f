"""Changes of cluster, namespace and target: warnings, and errors if packs would be lost."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import UserError
from components.kubernetes.cluster_change import cluster_change_warning, recorded_inputs
from tests.support.kubernetes import kubernetes_plan_of

VOLUME = {"kind": "volume"}


def record(*, storage: dict[str, Any] | None = None, **kubernetes: Any) -> dict[str, Any]:
    """Return the recorded inputs of a registry."""
    group = {"namespace": "packs", "context": "prod", **kubernetes}
    return recorded_inputs(
        kubernetes_plan_of(kubernetes=group, **({"storage": storage} if storage else {}))
    )


def test_nothing_changes() -> None:
    assert cluster_change_warning(record(), record(replicas=3)) == ""
    assert cluster_change_warning({}, record()) == "", "nothing was recorded"


def test_path_of_kubeconfig_is_not_recorded() -> None:
    assert record(kubeconfig="/home/a/config") == record(kubeconfig="/home/b/config")


def test_other_namespace() -> None:
    moved = (
        "kubernetes.namespace changes from packs to other. If this is another cluster or "
        "namespace, the registry is created there and removed here."
    )
    assert cluster_change_warning(record(), record(namespace="other")) == moved
    kept = record(storage=VOLUME)
    assert cluster_change_warning(kept, record(namespace="other")) == (
        f"{moved} The packs in the volume spectro-registry-data are not moved."
    )


def test_other_context() -> None:
    assert "kubernetes.context changes from prod to the current context." in cluster_change_warning(
        record(), record(context="")
    )


def test_move_that_loses_packs() -> None:
    old = record(storage={**VOLUME, "keepOnDestroy": False})
    with pytest.raises(UserError) as error:
        cluster_change_warning(old, record(namespace="other"))
    assert str(error.value) == (
        "kubernetes.namespace: the packs in the volume spectro-registry-data would be removed with "
        "the volume. Set it back to packs, set storage.keepOnDestroy to true, and run `make up`. "
        "Then change kubernetes.namespace. No changes were made."
    )


def test_namespace_that_would_be_removed() -> None:
    with pytest.raises(UserError, match="false would remove it with the registry") as error:
        cluster_change_warning(record(), record(createNamespace=False))
    assert "kubernetes.createNamespace: this stack created the namespace packs" in str(error.value)
    assert cluster_change_warning(record(createNamespace=False), record()) == ""


def test_move_from_docker() -> None:
    docker = {"dockerHost": "", "packs": {}, "packsAreKept": True}
    assert "created on kubernetes and removed from docker" in cluster_change_warning(
        docker, record()
    )
