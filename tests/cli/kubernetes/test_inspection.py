"""What ``make status`` asks a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.condition import Inspection, Line, Space, State, UnknownError
from cli.hosts import host_of
from cli.pulumi.record import Record
from common.labels import Owner
from tests.support.component import settings_of
from tests.support.kubernetes_api import Api, serving_api
from tests.support.kubernetes_plan import S3

OWNER = Owner("pack-registry", "prod", "registry")
BASE = "/api/v1/namespaces/pack-registry"
DEPLOYMENT = "/apis/apps/v1/namespaces/pack-registry/deployments/spectro-registry"
IMAGE = "registry.example.com/packs:1"
SUMMARY = "/api/v1/nodes/node-1/proxy/stats/summary"


@pytest.fixture
def api() -> Api:
    """The API server's behavior, with a Deployment."""
    api = Api()
    containers = [{"name": "registry", "image": IMAGE}]
    api.add(
        DEPLOYMENT,
        metadata={"annotations": OWNER.labels},
        spec={"selector": {}, "template": {"spec": {"containers": containers}}},
    )
    return api


@pytest.fixture
def kubeconfig(api: Api, tmp_path: Path) -> Iterator[str]:
    with serving_api(api, tmp_path) as path:
        yield path


def inspection(kubeconfig: str, **settings: Any) -> Inspection:
    group = {"kubeconfig": kubeconfig, "service": {"type": "ClusterIP"}, "replicas": 2}
    values = {"kubernetes": group, "storage": S3, "image": IMAGE, **settings}
    host = host_of(settings_of(target="kubernetes", **values))
    return host.inspection(Record("prod", {}, (), ()))


def lines(kubeconfig: str, **settings: Any) -> dict[str, Line]:
    return {line.check: line for line in inspection(kubeconfig, **settings).server()}


def test_ready_pods(api: Api, kubeconfig: str) -> None:
    api.add_pod("packs-1")
    api.add_pod("packs-2")
    api.add_pod("packs-3", deleted=True)
    found = lines(kubeconfig)
    assert {name: line.state for name, line in found.items()} == {
        "server": State.OK,
        "restarts": State.OK,
        "image": State.OK,
    }
    assert found["server"].value == "2 of 2 pods are ready"


def test_pods_that_do_not_serve(api: Api, kubeconfig: str) -> None:
    api.add_pod("packs-1")
    api.add_pod("packs-2", ready=False, waiting="CrashLoopBackOff", exit_code=2, restarts=7)
    found = lines(kubeconfig)
    assert found["server"].state is State.WARNING
    assert "1 of 2 pods are ready (CrashLoopBackOff" in found["server"].value
    assert found["restarts"].state is State.WARNING
    assert "`kubectl logs --namespace pack-registry --previous packs-2`" in found["restarts"].fix
    del api.objects[f"{BASE}/pods/packs-1"]
    assert lines(kubeconfig)["server"].state is State.ERROR


def test_missing_or_other_deployment(api: Api, kubeconfig: str) -> None:
    api.objects[DEPLOYMENT]["metadata"]["annotations"] = {}
    assert "does not belong to this stack" in lines(kubeconfig)["server"].value
    del api.objects[DEPLOYMENT]
    line = lines(kubeconfig)["server"]
    assert line.value == "there is no deployment spectro-registry in namespace pack-registry"
    assert line.fix == "Run `make up STACK=prod`."


def test_image(api: Api, kubeconfig: str) -> None:
    line = lines(kubeconfig, image="registry.example.com/packs:2")["image"]
    assert (line.state, IMAGE in line.value) == (State.WARNING, True)
    for number in (1, 2):
        api.add_pod(f"packs-{number}")
        status = api.objects[f"{BASE}/pods/packs-{number}"]["status"]["containerStatuses"][0]
        status["imageID"] = f"registry.example.com/packs@sha256:{number}"
    assert "the pods run 2 images" in lines(kubeconfig)["image"].value


def test_lock(kubeconfig: str) -> None:
    (line,) = inspection(kubeconfig).maintenance()
    assert line.state is State.OK


def test_no_ready_pod(kubeconfig: str) -> None:
    with pytest.raises(UnknownError, match="no pod is ready"), inspection(kubeconfig).connection():
        pass


def test_users(api: Api, kubeconfig: str) -> None:
    with pytest.raises(UnknownError, match="no Secret spectro-registry-users"):
        inspection(kubeconfig).htpasswd()
    api.add(f"{BASE}/secrets/spectro-registry-users", data={"htpasswd-basic": "YWRtaW46eA=="})
    assert inspection(kubeconfig).htpasswd()[0] == "admin:x"


VOLUME = {"storage": {}, "image": IMAGE}
VOLUME_GROUP = {"service": {"type": "ClusterIP"}, "replicas": 1}


def with_claim(kubeconfig: str) -> Inspection:
    group = {**VOLUME_GROUP, "kubeconfig": kubeconfig}
    return inspection(kubeconfig, storage={"kind": "volume"}, kubernetes=group)


def test_volume_claim(api: Api, kubeconfig: str) -> None:
    api.add_pod("packs-1")
    volume = {
        "pvcRef": {"namespace": "pack-registry", "name": "spectro-registry-data"},
        "capacityBytes": 100,
        "usedBytes": 30,
        "availableBytes": 70,
    }
    other = {**volume, "pvcRef": {"namespace": "other", "name": "spectro-registry-data"}}
    api.objects[SUMMARY] = {"pods": [{}, {"volume": [{}, other, volume]}]}
    found = with_claim(kubeconfig)
    assert found.size() == 30
    assert list(found.spaces()) == [Space("space", "the claim spectro-registry-data", 100, 70)]


def test_volume_claim_without_permission(api: Api, kubeconfig: str) -> None:
    api.add_pod("packs-1")
    api.failing[SUMMARY] = (403, "forbidden")
    with pytest.raises(UnknownError, match=r"kubectl auth can-i get nodes/proxy") as caught:
        with_claim(kubeconfig).size()
    assert "kubelet_volume_stats_available_bytes" in caught.value.fix


def test_volume_claim_that_is_not_measured(api: Api, kubeconfig: str) -> None:
    api.add_pod("packs-1")
    api.objects[SUMMARY] = json.loads('{"pods": []}')
    with pytest.raises(UnknownError, match="do not measure the claim"):
        with_claim(kubeconfig).size()


def test_bucket(kubeconfig: str) -> None:
    found = inspection(kubeconfig)
    (line,) = found.spaces()
    assert isinstance(line, Line)
    assert line.state is State.UNKNOWN
    with pytest.raises(UnknownError):
        found.size()


def test_time_and_address(kubeconfig: str) -> None:
    found = inspection(kubeconfig)
    assert found.time().tzinfo is not None
    assert found.address() == "", "only the cluster reaches it"
