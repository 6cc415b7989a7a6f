"""Garbage collection in a cluster: read-only pods, and the pods that collect."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from common.errors import UserError
from components.kubernetes import read_only
from components.kubernetes.cluster import Cluster
from components.kubernetes.collector import Collector
from components.kubernetes.read_only import is_read_only, set_read_only
from tests.support.fakes import OTHER_OWNER, OWNER
from tests.support.kubernetes_api import CREATED, Api

NAMESPACE, NAME = "packs", "registry"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{NAME}"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
POD = f"{PODS}/{NAME}-collector"
VARIABLES = {"READONLY": "true", "PURGE": "false"}
SUMMARY = """packs/a: marking manifest sha256:1
3 blobs marked, 1 blobs and 0 manifests eligible for deletion
blob eligible for deletion: sha256:9
"""
HELP = "Usage: registry garbage-collect <config>\n  --dry-run"
CONTAINER = {
    "name": "registry",
    "image": "example.com/registry:1",
    "args": ["serve", "/config/registry.yml"],
    "env": [{"name": "REGISTRY_LOG_LEVEL", "value": "info"}],
    "ports": [{"containerPort": 5000}],
    "readinessProbe": {"tcpSocket": {"port": 5000}},
    "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
    "volumeMounts": [
        {"name": "config", "mountPath": "/config", "readOnly": True},
        {"name": "data", "mountPath": "/data"},
        {"name": "tmp", "mountPath": "/tmp"},
    ],
}


class ClusterApi(Api):
    """A cluster that replaces the pods of a Deployment, and ends other pods at once."""

    replaces_pods = True
    exit_code = 0
    log = SUMMARY

    def start(self, claim: str = "") -> None:
        volume: dict[str, Any] = {"name": "data", "emptyDir": {}}
        if claim:
            volume = {"name": "data", "persistentVolumeClaim": {"claimName": claim}}
        spec = {
            "containers": [copy.deepcopy(CONTAINER)],
            "volumes": [volume],
            "topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule"}
            ],
        }
        self.add(
            DEPLOYMENT,
            metadata={"generation": 1},
            spec={"replicas": 1, "selector": {}, "template": {"metadata": {}, "spec": spec}},
            status={"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1},
        )
        self._replace_pods()

    def answer(self, method: str, url: str, body: dict[str, Any]) -> tuple[int, Any]:
        if method == "PATCH" and url.startswith(DEPLOYMENT):
            (patched,) = body["spec"]["template"]["spec"]["containers"]
            (container,) = self.objects[DEPLOYMENT]["spec"]["template"]["spec"]["containers"]
            named = {each["name"]: each for each in patched["env"]}
            kept = [each for each in container["env"] if each["name"] not in named]
            added = [each for each in patched["env"] if "$patch" not in each]
            container["env"] = [*kept, *added]
            if self.replaces_pods:
                self._replace_pods()
        answered = super().answer(method, url, body)
        if method == "POST" and url.startswith(PODS):
            self.objects[POD]["spec"] = body["spec"]
            state = {"terminated": {"exitCode": self.exit_code, "reason": "x"}}
            (status,) = self.objects[POD]["status"]["containerStatuses"]
            status["state"] = state
            self.objects[POD]["status"]["phase"] = "Failed" if self.exit_code else "Succeeded"
            self.logs[f"{NAME}-collector"] = self.log
        return answered

    def _replace_pods(self) -> None:
        spec = copy.deepcopy(self.objects[DEPLOYMENT]["spec"]["template"]["spec"])
        condition = {"type": "Ready", "status": "True"}
        self.add(f"{PODS}/server", spec=spec, status={"conditions": [condition]})

    @property
    def environment(self) -> set[str]:
        (container,) = self.objects[DEPLOYMENT]["spec"]["template"]["spec"]["containers"]
        return {each["name"] for each in container["env"]}


@pytest.fixture
def api() -> ClusterApi:
    api = ClusterApi()
    api.start()
    return api


@pytest.fixture
def collector(cluster: Cluster) -> Collector:
    return Collector(cluster, NAME, NAMESPACE, OWNER)


def test_pods_become_read_only(api: ClusterApi, cluster: Cluster) -> None:
    assert not is_read_only(cluster, NAME, NAMESPACE, VARIABLES)
    set_read_only(cluster, NAME, NAMESPACE, VARIABLES, enabled=True)
    assert api.environment == {"REGISTRY_LOG_LEVEL", *VARIABLES}
    assert is_read_only(cluster, NAME, NAMESPACE, VARIABLES)
    set_read_only(cluster, NAME, NAMESPACE, VARIABLES, enabled=False)
    assert api.environment == {"REGISTRY_LOG_LEVEL"}
    assert not is_read_only(cluster, NAME, NAMESPACE, VARIABLES)


def test_writable_pod_that_remains(
    api: ClusterApi, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.replaces_pods = False
    for limit in ("PROGRESS", "REPLICA", "STOP", "EXIT"):
        monkeypatch.setattr(read_only, f"{limit}_SECONDS", 0)
    with pytest.raises(UserError, match=r"did not become read-only within \d+ s\."):
        set_read_only(cluster, NAME, NAMESPACE, VARIABLES, enabled=True)


def test_collection(api: ClusterApi, collector: Collector) -> None:
    found = collector.collect(dry_run=False)
    assert found.removed == ("sha256:9",)
    ((path, pod),) = api.created
    assert path == PODS
    assert pod["metadata"]["labels"]["app.kubernetes.io/name"] == "pack-registry-collector"
    spec = pod["spec"]
    (container,) = spec["containers"]
    assert container["args"] == ["garbage-collect", "/config/registry.yml"]
    assert container["env"] == CONTAINER["env"]
    assert container["volumeMounts"] == CONTAINER["volumeMounts"]
    assert not {"ports", "readinessProbe", "lifecycle"} & container.keys()
    assert spec["restartPolicy"] == "Never"
    assert "topologySpreadConstraints" not in spec
    assert "affinity" not in spec
    assert api.deleted == [POD]


def test_dry_run_can_not_write(api: ClusterApi, collector: Collector) -> None:
    collector.collect(dry_run=True)
    (container,) = api.created[0][1]["spec"]["containers"]
    assert container["args"] == ["garbage-collect", "--dry-run", "/config/registry.yml"]
    assert [mount.get("readOnly") for mount in container["volumeMounts"]] == [True, True, False]


def test_volume_keeps_its_node(api: ClusterApi, collector: Collector) -> None:
    api.start("registry-data")
    collector.collect(dry_run=False)
    affinity = api.created[0][1]["spec"]["affinity"]["podAffinity"]
    (preferred,) = affinity["preferredDuringSchedulingIgnoredDuringExecution"]
    labels = preferred["podAffinityTerm"]["labelSelector"]["matchLabels"]
    assert labels["app.kubernetes.io/instance"] == NAME


def test_failed_collection(api: ClusterApi, collector: Collector) -> None:
    api.exit_code, api.log = 1, "failed to mark: the bucket is gone"
    with pytest.raises(UserError, match=r"exit code 1\):\n    failed to mark: the bucket is gone"):
        collector.collect(dry_run=False)
    assert api.deleted == [POD]


@pytest.mark.parametrize(("code", "text", "expected"), [(0, HELP, True), (1, "unknown", False)])
def test_image_is_asked(
    api: ClusterApi, collector: Collector, code: int, text: str, expected: bool
) -> None:
    api.exit_code, api.log = code, text
    assert collector.can_collect() is expected
    spec = api.created[0][1]["spec"]
    (container,) = spec["containers"]
    assert container["args"] == ["garbage-collect", "--help"]
    assert (container["env"], container["volumeMounts"], spec["volumes"]) == ([], [], [])


def test_pod_of_killed_command(api: ClusterApi, collector: Collector) -> None:
    api.add(
        POD,
        metadata={"annotations": OWNER.labels, "creationTimestamp": CREATED},
        spec={"containers": []},
    )
    collector.collect(dry_run=False)
    assert api.deleted == [POD, POD]


def test_pod_of_other_owner(api: ClusterApi, collector: Collector) -> None:
    api.add(POD, metadata={"annotations": OTHER_OWNER.labels}, spec={"containers": []})
    with pytest.raises(UserError, match="does not belong to this stack"):
        collector.collect(dry_run=False)
    assert api.deleted == []
