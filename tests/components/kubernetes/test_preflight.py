"""Preflight checks of a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from common.labels import Owner
from components.kubernetes.cluster import Cluster
from components.kubernetes.preflight import ClusterPreflightError, preflight
from tests.support.kubernetes_api import Api, kubeconfig_text
from tests.support.kubernetes_plan import S3, kubernetes_plan_of

OWNER = Owner("pack-registry", "prod", "registry")
OTHER = Owner("pack-registry", "edge", "registry")
NAMESPACE = "/api/v1/namespaces/pack-registry"
ACTIVE = {"phase": "Active"}


def problems(cluster: Cluster, **settings: Any) -> str:
    with pytest.raises(ClusterPreflightError) as raised:
        preflight(cluster, kubernetes_plan_of(**settings), OWNER)
    text = str(raised.value)
    assert "is not ready for this registry. No changes were made.\n  - " in text
    return text


def test_new_namespace(api: Api, cluster: Cluster) -> None:
    preflight(cluster, kubernetes_plan_of(), OWNER)


def test_next_update(api: Api, cluster: Cluster) -> None:
    api.add(NAMESPACE, metadata={"annotations": OWNER.labels}, status=ACTIVE)
    deployments = "/apis/apps/v1/namespaces/pack-registry/deployments"
    spec: dict[str, Any] = {"selector": {}, "template": {}}
    api.add(f"{deployments}/spectro-registry", metadata={"annotations": OWNER.labels}, spec=spec)
    preflight(cluster, kubernetes_plan_of(), OWNER)


def test_unreachable_cluster(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(kubeconfig_text("http://127.0.0.1:9"))
    text = problems(Cluster(str(kubeconfig)))
    assert "can't be reached at http://127.0.0.1:9" in text
    assert "`kubectl cluster-info`" in text


@pytest.mark.parametrize("content", [None, "", "not: [yaml", "kind: Config", "\x00"])
def test_unusable_kubeconfig(content: str | None, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    if content is not None:
        kubeconfig.write_text(content)
    text = problems(Cluster(str(kubeconfig)))
    assert "kubernetes.kubeconfig: the kubeconfig can't be used: " in text
    assert "KUBECONFIG" in text
    assert ".." not in text


def test_unknown_context(api: Api, cluster: Cluster) -> None:
    text = problems(Cluster(cluster.kubeconfig, "prod"))
    assert "context prod" in text
    assert "Set kubernetes.kubeconfig, kubernetes.context or KUBECONFIG" in text


def test_refused_user(api: Api, cluster: Cluster) -> None:
    api.failing["/version/"] = (401, "Unauthorized")
    assert "the cluster refused this user: Unauthorized" in problems(cluster)


def test_old_version(api: Api, cluster: Cluster) -> None:
    api.minor = "29+"
    assert "runs Kubernetes 1.29. 1.30 or newer is required." in problems(cluster)


def test_missing_permissions(api: Api, cluster: Cluster) -> None:
    api.denied = {"create deployments", "create pods/portforward", "patch namespaces"}
    text = problems(cluster)
    assert (
        "this user lacks permissions in namespace pack-registry: create deployments.apps, "
        "create pods/portforward, patch namespaces."
    ) in text
    assert "Then set kubernetes.createNamespace to false." in text
    api.denied = {"create deployments"}
    text = problems(cluster)
    assert "grant them with docs/examples/kubernetes-role.yml." in text
    assert "createNamespace" not in text


def test_permissions_of_given_namespace(api: Api, cluster: Cluster) -> None:
    api.denied = {f"{verb} namespaces" for verb in ("get", "create", "patch")}
    preflight(cluster, kubernetes_plan_of(kubernetes={"createNamespace": False}), OWNER)


def test_missing_namespace(api: Api, cluster: Cluster) -> None:
    text = problems(cluster, kubernetes={"createNamespace": False, "namespace": "apps"})
    assert "kubernetes.namespace: there is no namespace apps." in text
    assert "`kubectl create namespace apps`" in text


@pytest.mark.parametrize(
    ("annotations", "owned_by"),
    [({}, "It does not belong to this stack."), (OTHER.labels, "It belongs to the stack edge")],
)
def test_namespace_of_others(
    annotations: dict[str, str], owned_by: str, api: Api, cluster: Cluster
) -> None:
    api.add(NAMESPACE, metadata={"annotations": annotations}, status=ACTIVE)
    text = problems(cluster)
    assert "the namespace pack-registry already exists." in text
    assert owned_by in text
    preflight(cluster, kubernetes_plan_of(kubernetes={"createNamespace": False}), OWNER)


def test_deleted_namespace(api: Api, cluster: Cluster) -> None:
    api.add(NAMESPACE, metadata={"annotations": OWNER.labels}, status={"phase": "Terminating"})
    assert "pack-registry is being deleted. Wait, then try again." in problems(cluster)


def test_names_of_others(api: Api, cluster: Cluster) -> None:
    api.add(NAMESPACE, metadata={"annotations": OWNER.labels}, status=ACTIVE)
    api.add(f"{NAMESPACE}/secrets/spectro-registry-users")
    api.add(f"{NAMESPACE}/services/spectro-registry", metadata={"annotations": OTHER.labels})
    text = problems(cluster)
    assert (
        "containerName: a Service named spectro-registry already exists in namespace "
        "pack-registry. It belongs to the stack edge of project pack-registry."
    ) in text
    assert "a Secret named spectro-registry-users already exists" in text


def test_claim_and_budget_of_others(api: Api, cluster: Cluster) -> None:
    """Pulumi's provider would change objects that exist."""
    api.add(NAMESPACE, metadata={"annotations": OWNER.labels}, status=ACTIVE)
    api.add(f"{NAMESPACE}/persistentvolumeclaims/spectro-registry-data")
    budgets = "/apis/policy/v1/namespaces/pack-registry/poddisruptionbudgets"
    api.add(f"{budgets}/spectro-registry")
    volume = {"storage": {"kind": "volume"}, "kubernetes": {"storageClass": "fast"}}
    text = problems(cluster, **volume)
    assert "a PersistentVolumeClaim named spectro-registry-data already exists" in text
    text = problems(cluster, kubernetes={"replicas": 2})
    assert "a PodDisruptionBudget named spectro-registry already exists" in text


def test_missing_references(api: Api, cluster: Cluster) -> None:
    text = problems(
        cluster,
        tls={"mode": "secret"},
        storage=S3,
        kubernetes={
            "imagePullSecrets": ["pull"],
            "priorityClass": "critical",
            "tlsSecret": "certificate",
        },
    )
    assert "kubernetes.imagePullSecrets[0]: there is no Secret pull in namespace" in text
    assert "kubernetes.priorityClass: there is no PriorityClass critical." in text
    assert "kubernetes.tlsSecret: there is no Secret certificate in namespace" in text


def test_incomplete_certificate(api: Api, cluster: Cluster) -> None:
    api.add(f"{NAMESPACE}/secrets/certificate", data={"tls.crt": ""})
    text = problems(cluster, tls={"mode": "secret"}, kubernetes={"tlsSecret": "certificate"})
    assert "kubernetes.tlsSecret: the Secret certificate has no tls.key." in text


def test_storage_classes(api: Api, cluster: Cluster) -> None:
    volume = {"kind": "volume"}
    text = problems(cluster, storage=volume)
    assert "kubernetes.storageClass: the cluster has no default storage class." in text
    text = problems(cluster, storage=volume, kubernetes={"storageClass": "fast"})
    assert "kubernetes.storageClass: there is no StorageClass fast." in text
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    api.add(
        "/apis/storage.k8s.io/v1/storageclasses/fast",
        metadata={"annotations": default},
        provisioner="example.com/fast",
    )
    preflight(cluster, kubernetes_plan_of(storage=volume), OWNER)
    preflight(
        cluster, kubernetes_plan_of(storage=volume, kubernetes={"storageClass": "fast"}), OWNER
    )


def test_used_node_port(api: Api, cluster: Cluster) -> None:
    api.objects["/api/v1/services/web"] = {
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"ports": [{"port": 80, "nodePort": 30443}]},
    }
    service = {"service": {"type": "NodePort", "nodePort": 30443}}
    text = problems(cluster, kubernetes=service)
    assert "30443 is used by the service web in namespace shop. Set another port." in text
    api.denied = {"list services"}
    preflight(cluster, kubernetes_plan_of(kubernetes=service), OWNER)


def test_failing_request(api: Api, cluster: Cluster) -> None:
    api.failing["/api/v1/namespaces/pack-registry"] = (500, "etcd is gone")
    with pytest.raises(Exception, match="during the preflight check: etcd is gone") as raised:
        preflight(cluster, kubernetes_plan_of(), OWNER)
    assert "Kubernetes error on http://127.0.0.1:" in str(raised.value)
