"""Packs that the other server of an OCI registry can't read, in a volume or in a bucket."""

from __future__ import annotations

import contextlib
from typing import Any
from urllib.parse import urlsplit

import pytest

from common.errors import UserError
from common.labels import Owner
from components.kubernetes import forward, smoke_test
from components.kubernetes.candidate import candidate_spec
from components.kubernetes.cluster import Cluster
from components.kubernetes.packs import format_problems, unreadable_packs
from components.kubernetes.plan import KubernetesPlan, kubernetes_plan
from components.kubernetes.preflight import ClusterPreflightError, preflight
from components.kubernetes.smoke_test import SmokeTest, run_smoke_test
from components.servers.process import FileGroup
from components.servers.server import registry_server
from components.verification.tls_client import TlsTrust
from tests.support.component import settings_of
from tests.support.flavors import DISTRIBUTION, ZOT
from tests.support.kubernetes_api import Api
from tests.support.kubernetes_plan import S3
from tests.support.oci_server import OciServer, serving_oci

OWNER = Owner("pack-registry", "prod", "registry")
OTHER = Owner("pack-registry", "edge", "registry")
DEPLOYMENT = "/apis/apps/v1/namespaces/pack-registry/deployments/spectro-registry"
VOLUME = {"kind": "volume"}
MANIFEST = ("application/vnd.oci.image.manifest.v1+json", b"{}")


def plan_of(storage: dict[str, Any], **settings: Any) -> KubernetesPlan:
    group = {"service": {"type": "ClusterIP"}, "replicas": 1}
    options = {"target": "kubernetes", "kubernetes": group, "storage": storage, **settings}
    found = settings_of(**options, tls={"mode": "off"}, publicEndpoint="https://p.example.com")
    return kubernetes_plan(found, registry_server(found).process)


def add_deployment(api: Api, plan: KubernetesPlan, owner: Owner = OWNER) -> None:
    """Add the servers that run with a plan."""
    location = {"pack-registry.storage": plan.location.to_label()}
    spec: dict[str, Any] = {"selector": {}, "template": {}}
    api.add(DEPLOYMENT, metadata={"annotations": owner.labels | location}, spec=spec)


@pytest.mark.parametrize(
    ("old", "new"), [(DISTRIBUTION, ZOT), (ZOT, DISTRIBUTION)], ids=["to zot", "to distribution"]
)
def test_volume_of_other_server(
    api: Api, cluster: Cluster, old: dict[str, Any], new: dict[str, Any]
) -> None:
    changed = plan_of(VOLUME, **new)
    add_deployment(api, plan_of(VOLUME, **old))
    with pytest.raises(ClusterPreflightError) as raised:
        preflight(cluster, changed, OWNER)
    assert "ociServer: the packs in " in str(raised.value)
    assert "`make copy-packs FROM=" in str(raised.value)
    assert list(format_problems(cluster, plan_of(VOLUME, **old), OWNER)) == []


def test_volumes_without_problem(api: Api, cluster: Cluster) -> None:
    zot = plan_of(VOLUME, **ZOT)
    assert list(format_problems(cluster, zot, OWNER)) == [], "a new registry"
    add_deployment(api, plan_of(VOLUME, **DISTRIBUTION), OTHER)
    assert list(format_problems(cluster, zot, OWNER)) == [], "another check reports the owner"
    add_deployment(api, plan_of(S3, **DISTRIBUTION))
    assert list(format_problems(cluster, zot, OWNER)) == [], "another place"
    api.objects[DEPLOYMENT]["metadata"]["annotations"]["pack-registry.storage"] = "?"
    assert list(format_problems(cluster, zot, OWNER)) == [], "an unknown place"


@pytest.mark.parametrize("copied", [False, True])
def test_bucket_of_other_server(
    api: Api, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, copied: bool
) -> None:
    packs = {("packs/nginx", "1.0.0"): MANIFEST}
    old, new = OciServer(manifests=packs), OciServer(manifests=packs if copied else {})
    plan = plan_of(S3, **DISTRIBUTION)
    add_deployment(api, plan_of(S3, **ZOT))
    api.add_pod("spectro-registry-0", ready=False)
    api.add_pod("spectro-registry-1", ready=True)
    with serving_oci(old) as running, serving_oci(new) as candidate:
        ports = {
            "spectro-registry-1": urlsplit(running).port,
            "candidate": urlsplit(candidate).port,
        }

        def port_of(_: Cluster, namespace: str, pod: str, port: int) -> Any:
            return contextlib.nullcontext(ports[pod])

        monkeypatch.setattr(forward, "forwarded_port", port_of)
        found = unreadable_packs(cluster, plan, OWNER, "candidate", old.users, TlsTrust())
        assert ("such as packs/nginx:1.0.0" in found) is not copied
        unchanged = plan_of(S3, **ZOT)
        assert unreadable_packs(cluster, unchanged, OWNER, "candidate", old.users, TlsTrust()) == ""


def test_smoke_test_reports_unreadable_packs(
    api: Api, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(S3, **DISTRIBUTION)
    api.created_pods = [{"ready": True}]
    monkeypatch.setattr(smoke_test, "_check", lambda *_: [])
    monkeypatch.setattr(smoke_test, "unreadable_packs", lambda *_: "ociServer: packs.")
    files = {FileGroup.USERS: {"htpasswd-basic": "admin:hash"}}
    test = SmokeTest("The new image", candidate_spec(plan, {}), files, {}, TlsTrust())
    with pytest.raises(UserError, match=r"^ociServer: packs\. The running servers are unchanged"):
        run_smoke_test(cluster, plan, OWNER, test)
