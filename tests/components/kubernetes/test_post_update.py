"""The end of an update on Kubernetes: the users of every pod, and the verification."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.kubernetes import forward, post_update, service_check
from components.kubernetes.cluster import Cluster
from components.kubernetes.plan import KubernetesPlan
from components.kubernetes.post_update import finish_update
from components.verification.diagnosis import VerificationError
from components.verification.tls_client import TlsTrust
from tests.support.certificates import Issued, issue
from tests.support.docker import free_port
from tests.support.kubernetes_api import Api
from tests.support.kubernetes_plan import kubernetes_plan_of
from tests.support.registry_server import Registry, serving

NAMESPACE = "/api/v1/namespaces/pack-registry"
USERS = f"{NAMESPACE}/secrets/spectro-registry-users"
ENDPOINT = {"publicEndpoint": "https://packs.example.com"}


@pytest.fixture(scope="module")
def own() -> Issued:
    return issue("localhost", ["localhost"])


@pytest.fixture(autouse=True)
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Log messages. Nothing is waited for long."""
    messages: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", lambda text, *_, **__: messages.append(text))
    for module, name in (
        (post_update, "READY_SECONDS"),
        (post_update, "START_SECONDS"),
        (post_update, "USERS_SECONDS"),
        (service_check, "SERVICE_SECONDS"),
    ):
        monkeypatch.setattr(module, name, 0.4)
    return messages


@pytest.fixture
def pods(api: Api, own: Issued, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Registry]]:
    """Two pods. Their ports are forwarded to fake registries."""
    registries = {"a": Registry(), "b": Registry()}
    api.add(USERS, metadata={"resourceVersion": "7"})
    with contextlib.ExitStack() as stack:
        ports = {}
        for name, registry in registries.items():
            registry.location = "https://packs.example.com{path}"
            api.add_pod(name)
            ports[name] = stack.enter_context(serving(registry, own))

        def forwarded(_: Cluster, __: str, pod: str, ___: int) -> Any:
            return contextlib.nullcontext(ports[pod])

        monkeypatch.setattr(forward, "forwarded_port", forwarded)
        yield registries


def plan_of(**kubernetes: Any) -> KubernetesPlan:
    return kubernetes_plan_of(kubernetes={"replicas": 2, **kubernetes}, **ENDPOINT)


def at_port(plan: KubernetesPlan, port: int) -> KubernetesPlan:
    """Use a node port that this test can listen on."""
    return replace(plan, service=plan.service.model_copy(update={"node_port": port}))


def failure(cluster: Cluster, plan: KubernetesPlan, trust: str, passwords: dict[str, str]) -> str:
    with pytest.raises(VerificationError) as raised:
        finish_update(cluster, plan, passwords, TlsTrust(trust))
    return str(raised.value)


def test_every_pod_is_verified(
    cluster: Cluster, pods: dict[str, Registry], own: Issued, logged: list[str]
) -> None:
    finish_update(cluster, plan_of(), pods["a"].users, TlsTrust(own.certificate_pem))
    for registry in pods.values():
        paths = [path for path, _ in registry.seen]
        assert paths[0] == "/health"
        assert paths.count("/v1/_catalog") == 4
    assert len(pods["a"].writes) + len(pods["b"].writes) == 2, "one upload, and its end"
    assert "the service itself was not" in logged[0]


DEPLOYMENT = "/apis/apps/v1/namespaces/pack-registry/deployments/spectro-registry"


@pytest.mark.parametrize(
    ("observed", "replicas", "updated", "is_done"),
    [(2, 2, 2, True), (1, 2, 2, False), (2, 3, 2, False), (2, 2, 1, False)],
    ids=["done", "not seen yet", "an old pod is left", "an old pod serves"],
)
def test_rollout_is_awaited(
    api: Api,
    cluster: Cluster,
    pods: dict[str, Registry],
    own: Issued,
    observed: int,
    replicas: int,
    updated: int,
    is_done: bool,
) -> None:
    status = {"observedGeneration": observed, "replicas": replicas, "updatedReplicas": updated}
    api.add(DEPLOYMENT, metadata={"generation": 2}, status=status)
    if is_done:
        finish_update(cluster, plan_of(), pods["a"].users, TlsTrust(own.certificate_pem))
    else:
        text = failure(cluster, plan_of(), own.certificate_pem, pods["a"].users)
        assert "expecting 2 ready" in text


def test_host_header_has_clients_port(
    cluster: Cluster, pods: dict[str, Registry], own: Issued
) -> None:
    finish_update(cluster, plan_of(), pods["a"].users, TlsTrust(own.certificate_pem))
    assert {host for _, host in pods["b"].seen} == {"localhost:443"}


def test_unhealthy_pod(api: Api, cluster: Cluster, pods: dict[str, Registry], own: Issued) -> None:
    pods["b"].health = [503]
    api.logs["b"] = "starting\n\npanic: bucket not found\n"
    text = failure(cluster, plan_of(), own.certificate_pem, pods["a"].users)
    assert "The registry spectro-registry in namespace pack-registry, pod b, failed" in text
    assert "Response: 503" in text
    assert "panic: bucket not found" in text


def test_pod_trusts_other_certificate(
    cluster: Cluster, pods: dict[str, Registry], own: Issued
) -> None:
    other = issue("localhost", ["localhost"])
    text = failure(cluster, plan_of(), other.certificate_pem, pods["a"].users)
    assert "certificate verify failed" in text


def test_open_pod(cluster: Cluster, pods: dict[str, Registry], own: Issued) -> None:
    pods["b"].open_catalog = True
    text = failure(cluster, plan_of(), own.certificate_pem, pods["a"].users)
    assert "pod b" in text
    assert "allows access without valid credentials" in text


def test_pods_with_previous_users(
    api: Api, cluster: Cluster, pods: dict[str, Registry], own: Issued
) -> None:
    """The annotation makes the kubelet copy the new users. Then the pod accepts them."""
    new = {name: f"new {password}" for name, password in pods["a"].users.items()}
    patched = api.patches

    class Kubelet(dict[str, str]):
        """Passwords of a pod: the old ones until it is annotated."""

        def get(self, user: str, default: Any = None) -> Any:
            return (new if patched else self.copy()).get(user, default)

    for registry in pods.values():
        registry.users = Kubelet(registry.users)
    finish_update(cluster, plan_of(), new, TlsTrust(own.certificate_pem))
    version = {"pack-registry.users-version": "7"}
    assert sorted(patched, key=str) == [
        (f"{NAMESPACE}/pods/{pod}", {"metadata": {"annotations": version}}) for pod in ("a", "b")
    ]


def test_same_users_change_nothing(
    api: Api, cluster: Cluster, pods: dict[str, Registry], own: Issued
) -> None:
    for pod in pods:
        found = api.objects[f"{NAMESPACE}/pods/{pod}"]
        found["metadata"]["annotations"] = {"pack-registry.users-version": "7"}
    finish_update(cluster, plan_of(), pods["a"].users, TlsTrust(own.certificate_pem))
    assert api.patches == []


def test_pod_that_keeps_previous_users(
    cluster: Cluster, pods: dict[str, Registry], own: Issued
) -> None:
    new = {name: f"new {password}" for name, password in pods["a"].users.items()}
    pods["a"].users = new
    text = failure(cluster, plan_of(), own.certificate_pem, new)
    assert "pod b" in text
    assert "The server rejects a password that was just set." in text


def test_crashing_pod(api: Api, cluster: Cluster, pods: dict[str, Registry], own: Issued) -> None:
    api.add_pod("b", ready=False, waiting="CrashLoopBackOff", exit_code=2, restarts=3)
    api.logs["b previous"] = "open /certs/tls.crt: permission denied"
    api.objects[f"{NAMESPACE}/events/1"] = {
        "metadata": {},
        "involvedObject": {"name": "b"},
        "type": "Warning",
        "reason": "BackOff",
        "message": "Back-off restarting failed container",
    }
    text = failure(cluster, plan_of(), own.certificate_pem, pods["a"].users)
    assert "expecting 2 ready\n  Response: 1 ready within" in text
    assert "pod b: CrashLoopBackOff, last exit code 2 (Error)" in text
    assert "event BackOff: Back-off restarting failed container" in text
    assert "log   open /certs/tls.crt: permission denied" in text


def test_terminating_pods_are_ignored(
    api: Api, cluster: Cluster, pods: dict[str, Registry], own: Issued
) -> None:
    api.add_pod("c", deleted=True)
    finish_update(cluster, plan_of(), pods["a"].users, TlsTrust(own.certificate_pem))


def test_unreadable_log_hides_nothing(
    api: Api, cluster: Cluster, pods: dict[str, Registry], own: Issued
) -> None:
    api.add_pod("b", ready=False, waiting="CrashLoopBackOff", restarts=1)
    api.failing = {
        f"{NAMESPACE}/pods/b/log": (403, "no"),
        f"{NAMESPACE}/events": (403, "no"),
    }
    text = failure(cluster, plan_of(), own.certificate_pem, pods["a"].users)
    assert "pod b: CrashLoopBackOff" in text


def test_upload_location(cluster: Cluster, pods: dict[str, Registry], own: Issued) -> None:
    pods["a"].location = pods["b"].location = "http://packs.example.com{path}"
    text = failure(cluster, plan_of(), own.certificate_pem, pods["a"].users)
    assert "Clients would push to another URL." in text


def test_node_port(api: Api, cluster: Cluster, pods: dict[str, Registry], own: Issued) -> None:
    registry = Registry()
    with serving(registry, own) as port:
        plan = kubernetes_plan_of(
            kubernetes={"replicas": 2, "service": {"type": "NodePort", "nodePort": 30000}},
            **ENDPOINT,
        )
        plan = at_port(plan, port)
        finish_update(cluster, plan, pods["a"].users, TlsTrust(own.certificate_pem))
    assert [path for path, _ in registry.seen] == ["/health"], "both pods are on one node"


def test_unreachable_service(cluster: Cluster, pods: dict[str, Registry], own: Issued) -> None:
    plan = kubernetes_plan_of(
        kubernetes={"replicas": 2, "service": {"type": "NodePort", "nodePort": 30000}}, **ENDPOINT
    )
    plan = at_port(plan, free_port())
    text = failure(cluster, plan, own.certificate_pem, pods["a"].users)
    assert "The service spectro-registry in namespace pack-registry failed verification." in text
    assert "kubernetes.service.sourceRanges" in text


def test_load_balancer(api: Api, cluster: Cluster, pods: dict[str, Registry], own: Issued) -> None:
    plan = kubernetes_plan_of(
        kubernetes={"replicas": 2, "service": {"type": "LoadBalancer"}}, **ENDPOINT
    )
    service = api.add(f"{NAMESPACE}/services/spectro-registry", spec={}, status={})
    text = failure(cluster, plan, own.certificate_pem, pods["a"].users)
    assert "Request: addresses of the service\n  Response: none" in text
    registry = Registry()
    with serving(registry, own) as port:
        service["status"] = {"loadBalancer": {"ingress": [{"ip": "127.0.0.1"}]}}
        reached = kubernetes_plan_of(
            kubernetes={"replicas": 2, "service": {"type": "LoadBalancer"}}, port=port, **ENDPOINT
        )
        finish_update(cluster, reached, pods["a"].users, TlsTrust(own.certificate_pem))
    assert registry.seen


def test_unverified_registry(api: Api, cluster: Cluster, pods: dict[str, Registry]) -> None:
    plan = kubernetes_plan_of(kubernetes={"replicas": 2}, verify=False, **ENDPOINT)
    finish_update(cluster, plan, {}, TlsTrust())
    assert len(api.patches) == 2, "the users reach every pod nevertheless"
    assert not pods["a"].seen


def test_secret_data(api: Api, cluster: Cluster) -> None:
    text = base64.b64encode(b"admin:hash").decode()
    api.add(USERS, data={"htpasswd-basic": text})
    found = cluster.secret_data("spectro-registry-users", "pack-registry")
    assert found == {"htpasswd-basic": "admin:hash"}
    assert cluster.secret_data("missing", "pack-registry") is None


def test_image_that_cannot_be_pulled(
    api: Api, cluster: Cluster, pods: dict[str, Registry], own: Issued
) -> None:
    api.add_pod("b", ready=False, waiting="ImagePullBackOff")
    text = failure(cluster, plan_of(), own.certificate_pem, pods["a"].users)
    assert "Fix: Check that image exists." in text
    assert "kubernetes.imagePullSecrets" in text
