"""The smoke test of a changed server: when it runs, its pod, and what it reports."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from common.labels import Owner
from components.kubernetes import forward, smoke_test
from components.kubernetes.candidate import candidate_spec
from components.kubernetes.cluster import Cluster
from components.kubernetes.plan import KubernetesPlan
from components.kubernetes.pod import pod_spec
from components.kubernetes.smoke_test import SmokeTest, run_smoke_test, smoke_test_subject
from components.servers.process import FileGroup
from components.verification.diagnosis import VerificationError
from components.verification.tls_client import TlsTrust
from tests.support.certificates import Issued, issue
from tests.support.kubernetes_api import Api
from tests.support.kubernetes_plan import kubernetes_plan_of
from tests.support.registry_server import Registry, serving

NAMESPACE = "/api/v1/namespaces/pack-registry"
DEPLOYMENT = "/apis/apps/v1/namespaces/pack-registry/deployments/spectro-registry"
CANDIDATE = "spectro-registry-candidate"
CONFIGURATION, CERTIFICATE = "pack-registry.configuration", "pack-registry.certificate"
READ_ONCE = {CONFIGURATION: "1", CERTIFICATE: "2"}
OWNER = Owner("pack-registry", "test", "registry")
SUBJECT = "The server with the new settings"


@pytest.fixture(scope="module")
def own() -> Issued:
    return issue("localhost", ["localhost"])


@pytest.fixture
def plan() -> KubernetesPlan:
    return kubernetes_plan_of(
        kubernetes={"replicas": 3}, publicEndpoint="https://packs.example.com"
    )


class Broken(Registry):
    """A registry without its bucket: it is healthy, and its catalog fails."""

    def status(self, path: str, authorization: str | None) -> int:
        found = super().status(path, authorization)
        return 500 if found == 200 and path != "/health" else found


@pytest.fixture
def registry(own: Issued, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The server in the pod. Nothing is waited for long."""
    for name in ("PLACE_SECONDS", "RUN_SECONDS", "START_SECONDS"):
        monkeypatch.setattr(smoke_test, name, 0.4)
    server = Registry()
    with serving(server, own) as port:
        monkeypatch.setattr(forward, "forwarded_port", lambda *_: contextlib.nullcontext(port))
        yield server


def add_deployment(api: Api, image: str, annotations: dict[str, str], ready: int = 3) -> None:
    container = {"name": "registry", "image": image}
    template = {"metadata": {"annotations": annotations}, "spec": {"containers": [container]}}
    spec = {"selector": {}, "template": template}
    api.add(DEPLOYMENT, spec=spec, status={"readyReplicas": ready})


@pytest.mark.parametrize(
    ("image", "changed", "ready", "subject"),
    [
        ("", {}, 3, ""),
        ("old:1", {}, 3, "The new image "),
        ("", {CERTIFICATE: "0"}, 3, "The server with the new certificate"),
        ("", {CONFIGURATION: "0"}, 1, SUBJECT),
        ("old:1", {CONFIGURATION: "0"}, 0, ""),
    ],
    ids=["no change", "image", "certificate", "configuration", "nothing runs"],
)
def test_subject(
    api: Api,
    cluster: Cluster,
    plan: KubernetesPlan,
    image: str,
    changed: dict[str, str],
    ready: int,
    subject: str,
) -> None:
    add_deployment(api, image or plan.image, READ_ONCE | changed, ready)
    found = smoke_test_subject(cluster, plan, READ_ONCE)
    assert found.startswith(subject)
    assert bool(found) == bool(subject)


def test_first_update_needs_no_test(cluster: Cluster, plan: KubernetesPlan) -> None:
    assert smoke_test_subject(cluster, plan, READ_ONCE) == ""


def verify(cluster: Cluster, plan: KubernetesPlan, own: Issued) -> None:
    files = {FileGroup.USERS: {"htpasswd-basic": "admin:hash"}}
    trust = TlsTrust(own.certificate_pem)
    test = SmokeTest(SUBJECT, candidate_spec(plan, {}), files, Registry().users, trust)
    run_smoke_test(cluster, plan, OWNER, test)


def failure(cluster: Cluster, plan: KubernetesPlan, own: Issued) -> str:
    with pytest.raises(VerificationError) as raised:
        verify(cluster, plan, own)
    return str(raised.value)


def test_good_server(
    api: Api, cluster: Cluster, plan: KubernetesPlan, own: Issued, registry: Registry
) -> None:
    verify(cluster, plan, own)
    assert registry.seen
    assert registry.writes == []
    names = [body["metadata"]["name"] for _, body in api.created]
    assert names == [f"{CANDIDATE}-users", CANDIDATE]
    assert set(api.deleted) == {
        f"{NAMESPACE}/pods/{CANDIDATE}",
        f"{NAMESPACE}/secrets/{CANDIDATE}-users",
    }


def test_server_without_bucket(
    api: Api, cluster: Cluster, plan: KubernetesPlan, own: Issued, registry: Registry
) -> None:
    registry.__class__ = Broken
    registry.body = "s3aws: NoSuchBucket: The specified bucket does not exist."
    text = failure(cluster, plan, own)
    assert text.startswith(f"{SUBJECT} failed verification.")
    assert "The running servers are unchanged. Undo the change, or correct it." in text
    assert 'Set storage.s3.bucket ("packs")' in text
    assert f"{NAMESPACE}/pods/{CANDIDATE}" in api.deleted


def test_server_that_exits(
    api: Api, cluster: Cluster, plan: KubernetesPlan, own: Issued, registry: Registry
) -> None:
    api.created_pods = [{"ready": False, "waiting": "Error", "exit_code": 1}]
    api.logs[CANDIDATE] = "panic: wrong configuration"
    text = failure(cluster, plan, own)
    assert "Response: Error, last exit code 1 (Error)" in text
    assert "panic: wrong configuration" in text
    assert registry.seen == []


def test_lost_node_is_avoided(
    api: Api, cluster: Cluster, plan: KubernetesPlan, own: Issued, registry: Registry
) -> None:
    api.created_pods = [{"silent_node": "node-2", "ready": False}, {}]
    verify(cluster, plan, own)
    assert registry.seen
    first, second = [body["spec"] for path, body in api.created if path.endswith("/pods")]
    assert "affinity" not in first
    assert "node-2" in str(second["affinity"])


def test_no_node_responds(
    api: Api, cluster: Cluster, plan: KubernetesPlan, own: Issued, registry: Registry
) -> None:
    api.created_pods = [{"silent_node": "node-2", "ready": False}]
    assert "Response: Pending" in failure(cluster, plan, own)
    assert registry.seen == []


def test_only_own_remains_are_removed(
    api: Api, cluster: Cluster, plan: KubernetesPlan, own: Issued, registry: Registry
) -> None:
    """A killed update leaves Secrets. A registry with the name of the pod has such Secrets, too."""
    left = f"{NAMESPACE}/secrets/{CANDIDATE}-certificate"
    api.add(left, metadata={"annotations": OWNER.labels})
    other = f"{NAMESPACE}/secrets/{CANDIDATE}-configuration"
    api.add(other, metadata={"annotations": Owner("pack-registry", "other", "registry").labels})
    verify(cluster, plan, own)
    assert left in api.deleted
    assert other not in api.deleted
    assert registry.seen


def test_pod_equals_servers_pods(plan: KubernetesPlan) -> None:
    """It is as hardened as they are, it can't write, and no probe or spread delays it."""
    spec = candidate_spec(plan, {})
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["image"] == plan.image
    environment: dict[str, Any] = {each["name"]: each["value"] for each in container["env"]}
    assert plan.process.read_only_environment.items() <= environment.items()
    assert "topologySpreadConstraints" not in spec
    assert not {"livenessProbe", "lifecycle"} & set(container)
    assert pod_spec(plan, {}).topology_spread_constraints
