"""The measured arguments of Deployment, pods, Service, volume and budget, each with its reason."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from common.features import Features
from components.kubernetes.cluster import Cluster
from components.kubernetes.service import prefers_same_node, routing
from tests.components.kubernetes.test_objects import MUTUAL_TLS
from tests.support.component import served
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.kubernetes import (
    BUDGET,
    CLAIM,
    NAMESPACE,
    SERVER,
    SERVICE,
    container,
    declare_on_kubernetes,
    declared_on_kubernetes,
    kubernetes_plan_of,
    manifest,
    pod,
    pod_annotations,
)
from tests.support.kubernetes_api import Api
from tests.support.recording import FirstPreview, Recorder, Run, run

THREE = {"replicas": 3}


@pytest.fixture
def made() -> Run:
    """A registry with three replicas."""
    return declared_on_kubernetes(kubernetes=THREE)


def spec_of(run: Run, name: str) -> dict[str, Any]:
    spec: dict[str, Any] = manifest(run.resources[name])["spec"]
    return spec


def test_rollout_waits_for_new_pods(made: Run) -> None:
    spec = spec_of(made, SERVER)
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
    }, "an image that fails must not stop the old version"
    assert spec["minReadySeconds"] == 3, "a server that crashes after its start counts as failed"
    assert spec["progressDeadlineSeconds"] == 120
    assert spec["revisionHistoryLimit"] == 3
    annotations = made.resources[SERVER].inputs["metadata"]["annotations"]
    assert annotations["pulumi.com/timeoutSeconds"] == "165", "Pulumi waits for 10 minutes else"


def test_pod_without_cluster_access(made: Run) -> None:
    spec = pod(made)
    assert spec["automountServiceAccountToken"] is False, "the server does not use the API"
    assert spec["enableServiceLinks"] is False, "REGISTRY_PORT would be configuration"


def test_pod_user(made: Run) -> None:
    security = pod(made)["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["fsGroup"]) == (65532,) * 3
    assert container(made)["securityContext"]["readOnlyRootFilesystem"] is True


def test_pod_stops_after_drain(made: Run) -> None:
    lifecycle = container(made)["lifecycle"]
    assert lifecycle == {"preStop": {"sleep": {"seconds": 5}}}, "nodes still send connections"
    grace = pod(made)["terminationGracePeriodSeconds"]
    assert grace == 30, "5 seconds of sleep, 20 of drain, 5 to exit"
    short = declared_on_kubernetes(server={"drainSeconds": 9})
    assert pod(short)["terminationGracePeriodSeconds"] == 19
    assert "draintimeout: 9s" in configuration(short)


def test_drain_without_configuration_file() -> None:
    volume = declared_on_kubernetes(storage={"kind": "volume"})
    environment = {each["name"]: each["value"] for each in container(volume)["env"]}
    assert environment["REGISTRY_HTTP_DRAINTIMEOUT"] == "20s", (
        "without it, the server cuts running requests"
    )


def test_spread_over_nodes(made: Run) -> None:
    (spread,) = pod(made)["topologySpreadConstraints"]
    assert spread["topologyKey"] == "kubernetes.io/hostname"
    assert spread["maxSkew"] == 1
    assert spread["whenUnsatisfiable"] == "DoNotSchedule", "a drain leaves pods together else"
    assert spread["matchLabelKeys"] == ["pod-template-hash"], "each version is spread by itself"
    assert spread["nodeTaintsPolicy"] == "Honor", "a drained node is no place for a pod"
    assert "topologySpreadConstraints" not in pod(declared_on_kubernetes())


def test_lost_node_is_left_soon(made: Run) -> None:
    assert {(each["key"], each["tolerationSeconds"]) for each in pod(made)["tolerations"]} == {
        ("node.kubernetes.io/not-ready", 10),
        ("node.kubernetes.io/unreachable", 10),
    }, "300 seconds by default"


def test_probe_periods(made: Run) -> None:
    found = container(made)
    request = {"httpGet": {"path": "/health", "port": "registry", "scheme": "HTTPS"}}
    assert found["startupProbe"] == {"periodSeconds": 1, "failureThreshold": 30, **request}
    assert found["readinessProbe"] == {"periodSeconds": 2, "failureThreshold": 2, **request}
    assert found["livenessProbe"] == {"periodSeconds": 10, "failureThreshold": 3, **request}


@pytest.mark.parametrize(
    ("settings", "ready", "alive"),
    [
        ({}, "/health", "/health"),
        (DISTRIBUTION, "/", "/"),
        ({**DISTRIBUTION, "storage": {"kind": "volume"}}, "/", None),
        ({"server": {"extra": {"health": {"storagedriver": {"enabled": True}}}}}, "/health", None),
        ({"tls": MUTUAL_TLS, "verify": False}, None, None),
    ],
    ids=["pack", "oci", "image's own configuration", "health of storage", "client CAs"],
)
def test_liveness_spares_servers_of_failed_bucket(
    settings: dict[str, Any], ready: str | None, alive: str | None
) -> None:
    found = container(declared_on_kubernetes(**settings))
    assert path_of(found["startupProbe"]) == path_of(found["readinessProbe"]) == ready
    assert path_of(found["livenessProbe"]) == alive, "a restart does not repair a bucket"


def path_of(probe: dict[str, Any]) -> str | None:
    """Return the path that a probe requests; None if it only connects."""
    assert ("httpGet" in probe) != ("tcpSocket" in probe)
    return str(probe["httpGet"]["path"]) if "httpGet" in probe else None


def test_probe_without_tls() -> None:
    off: dict[str, Any] = {"tls": {"mode": "off"}}
    assert container(declared_on_kubernetes(**off))["readinessProbe"]["httpGet"]["scheme"] == "HTTP"


def test_secrets_as_directories(made: Run) -> None:
    mounts = {each["name"]: each for each in container(made)["volumeMounts"]}
    assert not any("subPath" in each for each in mounts.values()), "such a file never changes"
    assert {name: each["mountPath"] for name, each in mounts.items()} == {
        "users": "/auth",
        "certificate": "/certs",
        "configuration": "/config",
        "tmp": "/tmp",
    }
    assert all(mounts[name]["readOnly"] for name in ("users", "certificate", "configuration"))
    volumes = {each.pop("name"): each for each in pod(made)["volumes"]}
    assert volumes["users"]["secret"]["defaultMode"] == 0o440
    assert volumes["certificate"]["projected"]["defaultMode"] == 0o440
    assert volumes["tmp"] == {"emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}


def test_scratch_volume_of_mirrors() -> None:
    spec = pod(declare_on_kubernetes(**ZOT, zot={"mirrors": [{"url": "https://a.example.com"}]}))
    volumes = {each.pop("name"): each for each in spec["volumes"]}
    assert volumes["scratch"] == {"emptyDir": {}}, "a volume in memory is too small for packs"
    (server,) = spec["containers"]
    (mount,) = [each for each in server["volumeMounts"] if each["name"] == "scratch"]
    assert (mount["mountPath"], mount.get("readOnly")) == ("/scratch", None)


def test_client_cas_next_to_certificate() -> None:
    spec = pod(declared_on_kubernetes(tls=MUTUAL_TLS, verify=False))
    (volume,) = [each for each in spec["volumes"] if each["name"] == "certificate"]
    sources = [each["secret"] for each in volume["projected"]["sources"]]
    assert {each["name"]: [item["path"] for item in each["items"]] for each in sources} == {
        "spectro-registry-certificate": ["tls.crt", "tls.key"],
        "spectro-registry-configuration": ["client-cas.crt"],
    }, "the configuration file names them in /certs"


def test_new_password_changes_no_pod() -> None:
    before, after = declared_on_kubernetes(), declared_on_kubernetes(rotation="2027-01")
    users = "registry-users-secret"
    assert before.resources[users].inputs != after.resources[users].inputs
    assert before.resources[SERVER].inputs == after.resources[SERVER].inputs, (
        "a changed pod template would replace all pods"
    )


def test_new_configuration_changes_pods() -> None:
    before, after = declared_on_kubernetes(), declared_on_kubernetes(logLevel="debug")
    key = "pack-registry.configuration"
    assert pod_annotations(before)[key] != pod_annotations(after)[key], "it is read once"


def test_certificate_in_pod_annotations(made: Run) -> None:
    fingerprint = made.outputs["certificateFingerprint"]
    assert pod_annotations(made)["pack-registry.certificate"] == fingerprint, "it is read once"


def test_cache_of_one_server_only(made: Run) -> None:
    assert "blobdescriptor" not in configuration(made), "each server's cache hides others' changes"
    assert "blobdescriptor: inmemory" in configuration(declared_on_kubernetes())


def configuration(run: Run) -> str:
    """Return the server's configuration file."""
    return str(run.resources["registry-configuration-secret"].inputs["stringData"]["registry.yml"])


NODE_PORT = {"type": "NodePort", "nodePort": 30443}
PREFERS_SAME_NODE = ("Cluster", "PreferSameNode")
ONLY_SAME_NODE = ("Local", None)


@pytest.mark.parametrize(
    ("kubernetes", "since_34", "before_34"),
    [
        ({"replicas": 3}, PREFERS_SAME_NODE, ONLY_SAME_NODE),
        ({"replicas": 3, "service": NODE_PORT}, PREFERS_SAME_NODE, ONLY_SAME_NODE),
        ({"replicas": 1}, ("Cluster", None), ("Cluster", None)),
        ({"replicas": 3, "service": {"type": "ClusterIP"}}, (None, None), (None, None)),
    ],
)
def test_routing(
    kubernetes: dict[str, Any],
    since_34: tuple[str | None, str | None],
    before_34: tuple[str | None, str | None],
) -> None:
    settings: dict[str, Any] = {
        "publicEndpoint": "https://packs.example.com",
        "kubernetes": kubernetes,
    }
    spec = spec_of(declared_on_kubernetes(**settings), SERVICE)
    assert (spec.get("externalTrafficPolicy"), spec.get("trafficDistribution")) == since_34
    assert routing(kubernetes_plan_of(**settings), same_node=False) == before_34


@pytest.mark.parametrize(("minor", "expected"), [("33", False), ("34", True), ("35+", True)])
def test_nodes_prefer_same_node(api: Api, cluster: Cluster, minor: str, expected: bool) -> None:
    api.minor = minor

    def declare() -> dict[str, pulumi.Output[Any]]:
        ready: pulumi.Output[list[pulumi.Resource]] = pulumi.Output.from_input([])
        return {"same node": prefers_same_node(cluster, Features(), ready)}

    assert run(Recorder(served()), declare).outputs == {"same node": expected}


def test_service_ports() -> None:
    made = declared_on_kubernetes(port=8443, server={"addr": ":6000"})
    (port,) = spec_of(made, SERVICE)["ports"]
    assert port == {"name": "registry", "port": 8443, "targetPort": "registry"}
    (served_port,) = container(made)["ports"]
    assert served_port == {"name": "registry", "containerPort": 6000}
    assert made.outputs["endpoint"] == "https://registry.example.com:8443"


def test_node_port_in_endpoint() -> None:
    made = declared_on_kubernetes(kubernetes={"service": {"type": "NodePort", "nodePort": 30443}})
    assert made.outputs["endpoint"] == "https://registry.example.com:30443"
    (port,) = spec_of(made, SERVICE)["ports"]
    assert (port["port"], port["nodePort"]) == (443, 30443)


def test_budget_of_several_servers(made: Run) -> None:
    assert spec_of(made, BUDGET)["maxUnavailable"] == 1, "a drain waits for the next server"
    assert BUDGET not in declared_on_kubernetes().resources, "it could only block a drain"


@pytest.mark.parametrize("keep", [True, False])
def test_volume(keep: bool) -> None:
    made = declared_on_kubernetes(storage={"kind": "volume", "keepOnDestroy": keep})
    spec, claim = spec_of(made, SERVER), made.resources[CLAIM]
    assert spec["strategy"] == {"type": "Recreate"}, "one node can mount the volume"
    assert spec_of(made, CLAIM)["accessModes"] == ["ReadWriteOnce"]
    assert claim.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true", (
        "a volume that is bound with its first pod would never be ready"
    )
    assert claim.request.retainOnDelete is keep
    assert list(claim.request.ignoreChanges) == ["spec.storageClassName"], "packs would be lost"
    assert made.resources[NAMESPACE].request.retainOnDelete is keep, "it would remove the volume"
    assert made.outputs["dataVolume"] == "spectro-registry-data"
    data = {"name": "data", "mountPath": "/data"}
    assert data in container(made)["volumeMounts"]


def test_namespace_of_bucket_is_removed(made: Run) -> None:
    assert made.resources[NAMESPACE].request.retainOnDelete is False
    existing = declared_on_kubernetes(kubernetes={"createNamespace": False})
    assert NAMESPACE not in existing.resources, "it is not ours to delete"


def test_objects_wait_for_what_they_use(made: Run) -> None:
    needed = {urn.rpartition("::")[2] for urn in made.resources[SERVER].request.dependencies}
    assert needed >= {
        NAMESPACE,
        "registry-users-secret",
        "registry-certificate-secret",
        "registry-configuration-secret",
    }, "a pod without its Secret does not start"


def test_owner_and_selector(made: Run) -> None:
    owner = {
        "pack-registry.project": "pack-registry",
        "pack-registry.stack": "test",
        "pack-registry.component": "registry",
    }
    for each in made.resources.values():
        if each.typ.startswith("kubernetes:"):
            metadata = each.inputs["metadata"]
            assert owner.items() <= metadata["annotations"].items(), each.name
            assert metadata["labels"]["app.kubernetes.io/instance"] == "spectro-registry"
    assert owner.items() <= pod_annotations(made).items()
    selector = spec_of(made, SERVICE)["selector"]
    assert selector == spec_of(made, SERVER)["selector"]["matchLabels"]
    assert selector.items() <= spec_of(made, SERVER)["template"]["metadata"]["labels"].items()


def test_every_secret_is_secret(made: Run) -> None:
    for each in made.resources.values():
        if each.typ == "kubernetes:core/v1:Secret":
            assert each.secret_inputs == {"stringData"}, each.name


def test_first_preview() -> None:
    made = declare_on_kubernetes(recorder=FirstPreview(served()), preview=True, kubernetes=THREE)
    assert SERVER in made.resources, "nothing of the declaration needs a value of the update"
